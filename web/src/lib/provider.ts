import type { CallInput, SignInProvider } from '@sallyport/contract';

type Body = CallInput<'provider.save'>['body'];

/** A group and its team, as they are typed. */
export interface GroupRow {
  /** Tells rows apart while they change. */
  readonly key: number;
  readonly group: string;
  /** Empty: not chosen yet. */
  readonly teamId: string;
}

/** A provider as it is typed into the form. */
export interface ProviderDraft {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly ca: string;
  readonly scopes: string;
  readonly usernameClaim: string;
  readonly groupsClaim: string;
  readonly button: string;
  readonly entry: SignInProvider['entry'];
  /** One group a line. */
  readonly entryGroups: string;
  readonly adminGroups: string;
  readonly teams: readonly GroupRow[];
  readonly countsFor: string;
}

/** What the form begins with: the provider that there is, or the defaults. */
export function draftOf(provider: SignInProvider | null): ProviderDraft {
  return {
    issuer: provider?.issuer ?? '',
    clientId: provider?.clientId ?? '',
    clientSecret: '',
    ca: provider?.ca ?? '',
    scopes: provider?.scopes ?? 'openid profile email',
    usernameClaim: provider?.usernameClaim ?? 'preferred_username',
    groupsClaim: provider ? (provider.groupsClaim ?? '') : 'groups',
    button: provider?.button ?? 'Sign in with the provider',
    entry: provider?.entry ?? 'existing',
    entryGroups: (provider?.entryGroups ?? []).join('\n'),
    adminGroups: (provider?.adminGroups ?? []).join('\n'),
    teams: (provider?.teams ?? []).map(({ group, teamId }, key) => ({
      ...{ key, group, teamId: String(teamId) },
    })),
    countsFor: provider?.countsFor ?? '168h',
  };
}

/** What is sent: without what was left empty, and without rows that say nothing. */
export function bodyOf(draft: ProviderDraft): Body {
  const { clientSecret, ca, groupsClaim, entryGroups, adminGroups, teams, ...rest } = draft;
  return {
    ...rest,
    ...(clientSecret === '' ? {} : { clientSecret }),
    ca: ca.trim() === '' ? null : ca,
    groupsClaim: groupsClaim.trim() === '' ? null : groupsClaim,
    entryGroups: linesIn(entryGroups),
    adminGroups: linesIn(adminGroups),
    teams: teams
      .filter(({ group, teamId }) => group.trim() !== '' && teamId !== '')
      .map(({ group, teamId }) => ({ group, teamId: Number(teamId) })),
  };
}

/** Whether a row was begun and not ended: it is not to be lost in silence. */
export function isHalf({ group, teamId }: GroupRow): boolean {
  return (group.trim() === '') !== (teamId === '');
}

function linesIn(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim());
  return [...new Set(lines)].filter((line) => line !== '');
}
