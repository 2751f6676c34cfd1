import { z } from 'zod';
import { Id, NewPassword, PrincipalName, Time } from './common.ts';

/** What a person may do in Sallyport itself; what they may do in a cluster comes from grants. */
export const UserRole = z.enum(['admin', 'user']);

/** How a person signs in: by a password kept here, or through the provider. */
export const SignInWay = z.enum(['password', 'provider']);

export const User = z.object({
  id: Id,
  username: z.string(),
  role: UserRole,
  disabled: z.boolean(),
  teams: z.array(z.object({ id: Id, name: z.string() })),
  createdAt: Time,
  secondFactor: z.boolean().describe('Whether a sign-in by password asks for a code too'),
  signIn: SignInWay,
  linked: z.boolean().describe('Whether they are known to the provider by a subject of its'),
  providerAt: Time.nullable().describe(
    'Their last sign-in through the provider, or when they were made one who signs in there',
  ),
});
export type User = z.infer<typeof User>;

export const Credentials = z.strictObject({
  username: z.string().min(1).max(200),
  password: z.string().min(1).max(1024),
});

export const SetupRequest = z.strictObject({
  token: z.string().min(1).max(200),
  username: PrincipalName,
  password: NewPassword,
});

export const UserCreate = z
  .strictObject({
    username: PrincipalName,
    password: NewPassword.optional(),
    role: UserRole.default('user'),
    signIn: SignInWay.optional().describe(
      'Default: password. provider: the first person whom the provider calls so is this user',
    ),
  })
  .refine(({ password, signIn }) => (password === undefined) === (signIn === 'provider'), {
    message: 'is needed for those who sign in by a password, and for no other',
    path: ['password'],
  });

export const UserPatch = z.strictObject({
  role: UserRole.optional(),
  signIn: SignInWay.optional().describe(
    'provider: takes the password away; password: needs one, and cuts the tie to the provider',
  ),
  disabled: z
    .boolean()
    .optional()
    .describe('true also ends every kubeconfig and API token of the user'),
  password: NewPassword.optional(),
  revokeKubeconfigs: z
    .boolean()
    .optional()
    .describe('Whether to end every kubeconfig and API token of the user'),
});

export const PasswordChange = z.strictObject({
  currentPassword: z.string().min(1).max(1024),
  newPassword: NewPassword,
  revokeKubeconfigs: z
    .boolean()
    .optional()
    .describe('Whether to end all my kubeconfigs and API tokens too'),
});

export const Team = z.object({
  id: Id,
  name: z.string(),
  members: z.int().min(0),
  createdAt: Time,
});
export type Team = z.infer<typeof Team>;

export const TeamCreate = z.strictObject({ name: PrincipalName });
export const TeamMember = z.object({ userId: Id, username: z.string() });
export const TeamMemberAdd = z.strictObject({ userId: Id });

export const ApiToken = z.object({
  id: Id,
  name: z.string(),
  hint: z.string().describe('The last characters of the token, to tell one from another'),
  createdAt: Time,
  expiresAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
});
export type ApiToken = z.infer<typeof ApiToken>;

/** A browser's sign-in. */
export const Session = z.object({
  id: Id,
  userId: Id,
  createdAt: Time,
  lastSeenAt: Time.describe('To the minute'),
  expiresAt: Time.describe('At the latest; unused, it ends sooner'),
  address: z.string().describe('Where it was begun'),
  userAgent: z.string(),
  current: z.boolean().describe('The one that asks'),
});
export type Session = z.infer<typeof Session>;

/** The most users that one bulk act takes: as many as one audit event still names. */
export const MAX_BULK = 200;

/** One act on several users. */
export const UserBulk = z
  .strictObject({
    act: z.enum(['disable', 'enable', 'delete', 'addToTeam', 'removeFromTeam']),
    ids: z.array(Id).min(1).max(MAX_BULK),
    teamId: Id.optional(),
  })
  .refine(({ act, teamId }) => act.endsWith('Team') === (teamId !== undefined), {
    message: 'is needed for the acts on a team, and for no other',
    path: ['teamId'],
  });
export type UserBulk = z.infer<typeof UserBulk>;

/** What became of one user of a bulk act. */
export const BulkResult = z.object({
  id: Id,
  name: z.string().nullable().describe('null: there is no such user'),
  outcome: z.enum(['done', 'unchanged', 'refused']),
  message: z.string().nullable().describe('Why it was refused'),
});
export type BulkResult = z.infer<typeof BulkResult>;
