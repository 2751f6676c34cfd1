import { z } from 'zod';
import { Time } from './common.ts';
import { User } from './identity.ts';
import { parseCode } from './oneTimeCode.ts';

/** Who must have a second factor: nobody, admins, or everybody who signs in by a password. */
export const SecondFactorRule = z.enum(['optional', 'admins', 'everybody']);
export type SecondFactorRule = z.infer<typeof SecondFactorRule>;

/** What a person types: a code of their app, or a recovery code. Either becomes its plain form. */
export const OneTimeCode = z
  .string()
  .max(100)
  .transform((text, context) => {
    const parsed = parseCode(text);
    if (parsed === undefined) {
      context.addIssue({
        code: 'custom',
        message: 'must be the 6 digits that the app shows, or a recovery code of 16 characters',
      });
      return z.NEVER;
    }
    return parsed.code;
  });

const OwnPassword = z.string().min(1).max(1024).describe('My own, asked once more');

export const CodeRequest = z.strictObject({ code: OneTimeCode });
export const SecondFactorBegin = z.strictObject({ password: OwnPassword });
export const SecondFactorProof = z.strictObject({ password: OwnPassword, code: OneTimeCode });

/** Whoever is signed in. */
export const Me = User.extend({
  secondFactorDue: z
    .boolean()
    .describe('Whether this sign-in opens nothing until a second factor is set up'),
});
export type Me = z.infer<typeof Me>;

/** A person's own second factor. */
export const SecondFactor = z.object({
  since: Time.nullable().describe('null: there is none'),
  recoveryCodesLeft: z.int().min(0),
  required: z.boolean().describe('Whether the settings ask for one'),
  hasPassword: z.boolean().describe('Without one there is nothing to be the second to'),
  removed: z
    .object({
      at: Time,
      by: z.string().nullable().describe('null: somebody on the machine of Sallyport'),
    })
    .nullable()
    .describe('The last one was taken away by somebody else'),
});
export type SecondFactor = z.infer<typeof SecondFactor>;

/** What an authenticator app has to know. It is in this answer only. */
export const SecondFactorSecret = z.object({
  secret: z.string().describe('Base32 (RFC 4648), for typing'),
  uri: z.string().describe('otpauth://…, for a QR code'),
});

/** They are in this answer only; each is good once. */
export const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });
