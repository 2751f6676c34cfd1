import type { Access } from '../access/access.ts';
import type { OpenTestStore } from '../store/testing.ts';
import { addEnvironment, addUser } from '../store/testRows.ts';
import { createAuthenticator } from './authenticate.ts';
import { createKubeconfigs } from './kubeconfigs.ts';

export const HOUR = 3_600_000;
const ACCESS: Access = { entries: [], groups: [], validUntil: null };

/**
 * A store with a user, dana, who may enter two of three environments, and a clock and settings that
 * tests turn.
 */
export async function bench(open: OpenTestStore) {
  const store = await open();
  const clock = { now: Date.parse('2026-11-22T12:00:00Z') };
  const dana = await addUser(store, 'dana');
  const production = await addEnvironment(store, 'production');
  const staging = await addEnvironment(store, 'staging');
  const forbidden = await addEnvironment(store, 'forbidden');
  const setting = { expiry: '24h', longest: '24h', idleAfter: 0, perUser: 0 };
  const may = { enter: [production, staging] };
  const now = () => clock.now;
  const kubeconfigs = createKubeconfigs({
    store,
    accessible: async (userId) =>
      new Map(userId === dana ? may.enter.map((id) => [id, ACCESS]) : []),
    policy: () => ({
      expiry: { default: setting.expiry, longest: setting.longest },
      idleAfter: setting.idleAfter,
      perUser: setting.perUser,
    }),
    now,
  });
  const { authenticate } = createAuthenticator({ store, now });
  const list = async (userId = dana) =>
    (await kubeconfigs.list({ userId, limit: 10, offset: 0 })).items;
  return {
    ...{ store, clock, setting, may, now, kubeconfigs, authenticate, list },
    ...{ dana, production, staging, forbidden },
  };
}
