import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeOnStores } from '../store/testing.ts';
import { addTeam, addUser } from '../store/testRows.ts';
import { newToken } from '../tokens.ts';
import { KubeconfigRefused } from './caller.ts';
import { createLastUse } from './lastUse.ts';
import { bench, HOUR } from './testing.ts';

describeOnStores('issuing a kubeconfig', (open) => {
  it('covers all that the person may enter when none is named', async () => {
    const { kubeconfigs, dana, production, staging } = await bench(open);
    const issued = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    assert.deepEqual(issued.environments, [
      { id: production, name: 'production' },
      { id: staging, name: 'staging' },
    ]);
  });

  it('keeps the order of the selection', async () => {
    const { kubeconfigs, dana, production, staging, list } = await bench(open);
    await kubeconfigs.issue({ userId: dana, environmentIds: [staging, production] });
    const [entry] = await list();
    assert.deepEqual(
      entry?.environments.map(({ name }) => name),
      ['staging', 'production'],
    );
  });

  it('refuses a selection that is empty, doubled, unknown or forbidden', async () => {
    const { kubeconfigs, dana, production, forbidden } = await bench(open);
    const refusal = (environmentIds: number[], code: string) =>
      assert.rejects(kubeconfigs.issue({ userId: dana, environmentIds }), { code });
    await refusal([], 'kubeconfig.nothing_selected');
    await refusal([production, production], 'kubeconfig.duplicate_environment');
    await refusal([production, 99_999], 'environment.not_found');
    await refusal([production, forbidden], 'kubeconfig.environment_forbidden');
  });

  it('refuses a person without any access', async () => {
    const { kubeconfigs, store } = await bench(open);
    const eve = await addUser(store, 'eve');
    await assert.rejects(kubeconfigs.issue({ userId: eve, environmentIds: undefined }), {
      code: 'kubeconfig.nothing_accessible',
    });
  });

  it('refuses a current context that is not in the selection', async () => {
    const { kubeconfigs, dana, production, staging } = await bench(open);
    await assert.rejects(
      kubeconfigs.issue({
        userId: dana,
        environmentIds: [production],
        currentEnvironmentId: staging,
      }),
      { code: 'kubeconfig.current_not_selected' },
    );
  });

  it('fixes the expiry when it is made: a changed setting touches later files only', async () => {
    const { kubeconfigs, dana, setting, clock, list } = await bench(open);
    await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    setting.expiry = setting.longest = '0';
    await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    setting.expiry = setting.longest = '1h';
    await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    const lifetimes = (await list()).map(
      ({ expiresAt }) => expiresAt && Date.parse(expiresAt) - clock.now,
    );
    assert.deepEqual(lifetimes, [HOUR, null, 24 * HOUR]);
  });

  it('gives a shorter life when asked, never a longer one', async () => {
    const { kubeconfigs, dana, setting } = await bench(open);
    const issue = (expiresIn: string) =>
      kubeconfigs.issue({ userId: dana, environmentIds: undefined, expiresIn });
    assert.equal((await issue('1h')).expiresAt, Date.parse('2026-11-22T13:00:00Z'));
    for (const longer of ['25h', '0']) {
      await assert.rejects(issue(longer), { code: 'kubeconfig.expiry_too_long' });
    }
    setting.longest = '48h';
    assert.equal((await issue('25h')).expiresAt, Date.parse('2026-11-23T13:00:00Z'));
    await assert.rejects(issue('49h'), {
      code: 'kubeconfig.expiry_too_long',
      message: 'A kubeconfig may last 2 days at the most here.',
    });
    setting.longest = '0';
    assert.equal((await issue('0')).expiresAt, null);
  });

  it('stores a hash, never the token', async () => {
    const { kubeconfigs, dana, store } = await bench(open);
    const { token } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    const rows = await store.db.selectFrom('kubeconfigs').selectAll().execute();
    assert.ok(!JSON.stringify(rows).includes(token.slice(13, -6)));
  });
});

describeOnStores('a kubeconfig’s token', (open) => {
  it('tells who stands behind it, from which teams, for which environments', async () => {
    const { kubeconfigs, authenticate, store, dana, production } = await bench(open);
    await addTeam(store, 'platform', [dana]);
    const issued = await kubeconfigs.issue({ userId: dana, environmentIds: [production] });
    const caller = await authenticate(issued.token);
    assert.equal(caller.username, 'dana');
    assert.deepEqual(caller.teams, ['platform']);
    assert.deepEqual([...caller.environmentIds], [production]);
    assert.equal(caller.kubeconfigId, issued.id);
  });

  it('is known at once the second time', async () => {
    const { kubeconfigs, authenticate, dana } = await bench(open);
    const { token } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await authenticate(token);
    assert.ok(!(authenticate(token) instanceof Promise));
  });

  it('is refused once it has expired, in words that say when', async () => {
    const { kubeconfigs, authenticate, dana, clock } = await bench(open);
    const { token } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await authenticate(token);
    clock.now += 24 * HOUR;
    assert.throws(() => authenticate(token), {
      code: 'proxy.kubeconfig_expired',
      message: 'This kubeconfig expired at 2026-11-23 12:00 UTC.',
    });
  });

  it('is refused as soon as its revocation is answered', async () => {
    const { kubeconfigs, authenticate, dana } = await bench(open);
    const { token, id } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await authenticate(token);
    await kubeconfigs.revoke(id, { userId: dana, admin: false });
    await assert.rejects(async () => authenticate(token), { code: 'proxy.kubeconfig_revoked' });
  });

  it('is refused as soon as its user is disabled or deleted', async () => {
    const { kubeconfigs, authenticate, dana, store } = await bench(open);
    const { token } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await authenticate(token);
    await store.write(async (tx, changed) => {
      await tx.updateTable('users').set({ disabled: 1 }).where('id', '=', dana).execute();
      changed('users');
    });
    await assert.rejects(async () => authenticate(token), { code: 'proxy.user_disabled' });
    await store.write(async (tx, changed) => {
      await tx.deleteFrom('users').where('id', '=', dana).execute();
      changed('users');
    });
    await assert.rejects(async () => authenticate(token), { code: 'proxy.credential_unknown' });
  });

  it('that is at its end is refused with whose it was, for the audit log', async () => {
    const { kubeconfigs, authenticate, dana, clock } = await bench(open);
    const ended = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    const revoked = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await authenticate(ended.token);
    await kubeconfigs.revoke(revoked.id, { userId: dana, admin: false });
    await authenticate(ended.token);
    clock.now += 365 * 24 * HOUR;
    for (const { id, token } of [ended, revoked]) {
      await assert.rejects(
        async () => authenticate(token),
        (error) => {
          assert.ok(error instanceof KubeconfigRefused);
          assert.equal(error.caller.kubeconfigId, id);
          assert.equal(error.caller.userId, dana);
          assert.equal(error.caller.username, 'dana');
          assert.equal(error.caller.environmentIds.size, 0);
          return true;
        },
      );
    }
  });

  it('is not kept as valid when it is revoked while it is looked up', async () => {
    const { kubeconfigs, authenticate, dana } = await bench(open);
    const { token, id } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    const early = Promise.resolve(authenticate(token)).catch(() => undefined);
    await kubeconfigs.revoke(id, { userId: dana, admin: false });
    await early;
    await assert.rejects(async () => authenticate(token), { code: 'proxy.kubeconfig_revoked' });
  });

  it('must be a kubeconfig’s, and one that was issued', async () => {
    const { authenticate } = await bench(open);
    await assert.rejects(async () => authenticate(newToken('kubeconfig').token), {
      code: 'proxy.credential_unknown',
    });
    for (const kind of ['api', 'session', 'setup'] as const) {
      assert.throws(() => authenticate(newToken(kind).token), { code: 'auth.wrong_credential' });
    }
    for (const text of ['', 'sallyport_kc_', "' or 1=1 --", 'x'.repeat(100_000)]) {
      assert.throws(() => authenticate(text), { code: 'proxy.credential_unknown' });
    }
  });
});

describeOnStores('the list of kubeconfigs', (open) => {
  it('shows a person theirs, the newest first, with their state', async () => {
    const { kubeconfigs, dana, clock, list, store } = await bench(open);
    const first = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    clock.now += 25 * HOUR;
    const second = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    const third = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await kubeconfigs.revoke(second.id, { userId: dana, admin: false });
    assert.deepEqual(
      (await list()).map(({ id, state }) => [id, state]),
      [
        [third.id, 'active'],
        [second.id, 'revoked'],
        [first.id, 'expired'],
      ],
    );
    assert.deepEqual(await list(await addUser(store, 'eve')), []);
  });

  it('pages, counts and searches, taking every character literally', async () => {
    const { kubeconfigs, dana } = await bench(open);
    for (const name of ['CI 100%', 'laptop', 'Laptop old']) {
      await kubeconfigs.issue({ userId: dana, environmentIds: undefined, name });
    }
    const find = async (q: string) => {
      const page = await kubeconfigs.list({ userId: dana, limit: 1, offset: 0, q });
      return [page.total, page.items[0]?.name];
    };
    assert.deepEqual(await find('LAPTOP'), [2, 'Laptop old']);
    assert.deepEqual(await find('0%'), [1, 'CI 100%']);
    assert.deepEqual(await find('%l%'), [0, undefined]);
  });

  it('lets a person revoke theirs, an admin anyone’s, and nobody else', async () => {
    const { kubeconfigs, dana, store, list } = await bench(open);
    const eve = await addUser(store, 'eve');
    const { id } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await assert.rejects(kubeconfigs.revoke(id, { userId: eve, admin: false }), {
      code: 'kubeconfig.not_found',
    });
    await assert.rejects(kubeconfigs.revoke(99_999, { userId: eve, admin: true }), {
      code: 'kubeconfig.not_found',
    });
    await kubeconfigs.revoke(id, { userId: eve, admin: true });
    assert.equal((await list())[0]?.state, 'revoked');
  });

  it('keeps the first time when one is revoked twice', async () => {
    const { kubeconfigs, dana, clock, list } = await bench(open);
    const { id } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    await kubeconfigs.revoke(id, { userId: dana, admin: false });
    clock.now += HOUR;
    await kubeconfigs.revoke(id, { userId: dana, admin: false });
    assert.equal((await list())[0]?.revokedAt, '2026-11-22T12:00:00.000Z');
  });

  it('shows when, from where and by which client a file was last used', async () => {
    const { kubeconfigs, authenticate, dana, clock, list, store } = await bench(open);
    const { token } = await kubeconfigs.issue({ userId: dana, environmentIds: undefined });
    const caller = await authenticate(token);
    const lastUse = createLastUse({ store, now: () => clock.now, onError: assert.ifError });
    lastUse.note(caller, { address: '203.0.113.7', userAgent: 'kubectl/v1.32' });
    clock.now += 1_000;
    lastUse.note(caller, { address: '203.0.113.8', userAgent: 'too soon to count' });
    await lastUse.stop();
    const [entry] = await list();
    assert.equal(entry?.lastUsedAt, '2026-11-22T12:00:00.000Z');
    assert.equal(entry?.lastUsedFrom, '203.0.113.7');
    assert.equal(entry?.lastUsedBy, 'kubectl/v1.32');
  });
});
