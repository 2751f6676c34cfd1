import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { SallyportError } from '../errors.ts';
import type { ChangeListener, Topic } from '../store/store.ts';
import { newToken } from '../tokens.ts';
import { createStillAdmin } from './stillAdmin.ts';

/** Never looks by itself. */
const NEVER = 2 ** 30;

/** Somebody who asks with an API token, and what is known of them. */
function house(lookMs: number) {
  const listeners = new Set<ChangeListener>();
  const known = { role: 'admin' as 'admin' | 'user' | undefined, asked: 0 };
  const whileAdmin = createStillAdmin(
    {
      store: {
        onChange: (listener: ChangeListener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      apiTokens: {
        authenticate: async () => {
          known.asked += 1;
          return known.role && { id: 1, username: 'ada', role: known.role };
        },
      },
      sessions: {},
    } as unknown as Parameters<typeof createStillAdmin>[0],
    { lookMs },
  );
  const raw = new EventEmitter();
  const request = {
    headers: { authorization: `Bearer ${newToken('api').token}` },
    cookies: {},
    person: { userId: 1, username: 'ada', admin: true, by: 'token', sessionId: undefined },
  } as const;
  type Args = Parameters<typeof whileAdmin>;
  const admin = whileAdmin(request as Args[0], { raw } as unknown as Args[1]);
  const change = (...topics: Topic[]) => {
    for (const listener of listeners) listener(new Set(topics));
  };
  const aborted = () =>
    admin.signal.aborted ||
    new Promise<true>((resolve) =>
      admin.signal.addEventListener('abort', () => resolve(true), { once: true }),
    );
  return { admin, known, change, aborted, listeners, leave: () => raw.emit('close') };
}

describe('an answer to an admin that lasts', () => {
  const codeOf = (error: Error | undefined) => error instanceof SallyportError && error.code;

  it('ends as soon as it is known that they are none any more', async () => {
    const { admin, known, change, aborted, leave } = house(NEVER);
    await admin.check();
    known.role = 'user';
    change('users');
    await aborted();
    assert.equal(codeOf(admin.why()), 'auth.admin_only');
    await assert.rejects(admin.check(), { code: 'auth.admin_only' });
    leave();
  });

  it('ends with a token that is revoked, and is not looked at for what has nothing to do with it', async () => {
    const { admin, known, change, aborted, leave } = house(NEVER);
    change('grants', 'settings');
    assert.equal(known.asked, 0);
    known.role = undefined;
    change('tokens');
    await aborted();
    assert.equal(codeOf(admin.why()), 'auth.token_invalid');
    leave();
  });

  it('ends with what expires, of which nobody tells', async () => {
    const { admin, known, aborted, leave } = house(1);
    known.role = undefined;
    await aborted();
    assert.equal(codeOf(admin.why()), 'auth.token_invalid');
    leave();
  });

  it('is watched over for as long as somebody waits for it', async () => {
    const { admin, known, listeners, leave } = house(1);
    leave();
    assert.ok(admin.signal.aborted);
    assert.equal(listeners.size, 0);
    const { asked } = known;
    await admin.check();
    assert.equal(known.asked, asked);
    assert.equal(admin.why(), undefined);
  });
});
