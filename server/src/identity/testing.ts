import type { SecondFactorRule } from '@sallyport/contract';
import type { Transaction } from 'kysely';
import { noChannel, type OpenChannel } from '../channel.ts';
import { revokeWhere } from '../kubeconfigs/end.ts';
import type { Schema } from '../store/schema.ts';
import type { Logger, Store } from '../store/store.ts';
import type { OpenTestStore } from '../store/testing.ts';
import { createApiTokens } from './apiTokens.ts';
import { createUserBulk } from './bulk.ts';
import { createPasswords } from './passwords.ts';
import type { Sealer } from './secondFactor/check.ts';
import { createHalfSignIns } from './secondFactor/halfSignIns.ts';
import { createSecondFactors } from './secondFactor/secondFactors.ts';
import { createSessions } from './sessions.ts';
import { createSetup } from './setup.ts';
import { createSignInLimits } from './signInLimits.ts';
import { createSignIn } from './signin.ts';
import { createTeams } from './teams.ts';
import { createUsers } from './users.ts';

export const PASSWORD = 'correct horse battery staple';
export const HOUR = 3_600_000;
export const silent: Logger = { info() {}, warn() {}, error() {} };
export const everything = { limit: 100, offset: 0 };

const passwords = createPasswords({ maxWaiting: 1_000 });

/** Turns texts around instead of sealing them: what is sealed opens with the same binding alone. */
const sealer: Sealer = {
  seal: (plain, bindTo) => JSON.stringify([[...plain].reverse().join(''), bindTo]),
  open(sealed, bindTo) {
    const [turned, bound] = JSON.parse(sealed) as [string, unknown];
    if (JSON.stringify(bound) !== JSON.stringify(bindTo)) return undefined;
    return [...turned].reverse().join('');
  },
};

/** A clock that stands still until it is told otherwise. */
export function stoppedClock() {
  let at = Date.UTC(2026, 0, 1);
  const now = () => at;
  const pass = (ms: number) => {
    at += ms;
  };
  return { now, pass };
}

/** The whole room, as one process has it, on a store. @param openChannel to the other processes */
export function identityOn(store: Store, now: () => number, openChannel: OpenChannel = noChannel) {
  const life = { lifetime: 12 * HOUR, idle: 2 * HOUR };
  const limits = createSignInLimits({ store, openChannel, now });
  const asks: { rule: SecondFactorRule } = { rule: 'optional' };
  const dependencies = {
    ...{ store, passwords, openChannel, now, logger: silent, limits, sealer },
    rule: () => asks.rule,
    revokeKubeconfigs: (tx: Transaction<Schema>, userId: number, at: number) =>
      revokeWhere(tx, { userId }, at),
  };
  return {
    store,
    life,
    asks,
    secondFactors: createSecondFactors(dependencies),
    halfSignIns: createHalfSignIns(dependencies),
    users: createUsers(dependencies),
    teams: createTeams(dependencies),
    bulk: createUserBulk(dependencies),
    signIn: createSignIn(dependencies),
    setup: createSetup(dependencies),
    apiTokens: createApiTokens(dependencies),
    sessions: createSessions({
      ...dependencies,
      lifetime: () => life.lifetime,
      idle: () => life.idle,
    }),
  };
}

/** The room on a new store, with the clock it goes by and a second process beside it. */
export async function openIdentity(open: OpenTestStore) {
  const clock = stoppedClock();
  const store = await open({ now: clock.now });
  return {
    ...identityOn(store, clock.now),
    pass: clock.pass,
    now: clock.now,
    another: async () => identityOn(await open({ beside: store, now: clock.now }), clock.now),
  };
}

/** Notes the topics that a store tells of, one line a change. */
export function topicsOf(store: Store): string[] {
  const heard: string[] = [];
  store.onChange((topics) => heard.push([...topics].sort().join(' ')));
  return heard;
}
