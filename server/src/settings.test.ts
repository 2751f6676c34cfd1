import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSettings } from './settings.ts';
import type { Logger, Store } from './store/store.ts';
import { describeOnStores, eventually } from './store/testing.ts';
import { issueForTest } from './tls/fixtures.ts';

const DEFAULTS = {
  kubeconfigExpiry: '720h',
  kubeconfigMaxExpiry: 'default',
  kubeconfigNoExpiry: true,
  kubeconfigIdle: '0',
  kubeconfigsPerUser: 100,
  kubeconfigTrust: 'auto',
  environmentDomain: '',
  kubeconfigCas: '',
  passwordSignIn: 'everybody',
  sessionLifetime: '12h',
  sessionIdle: '2h',
  secondFactor: 'optional',
  auditRetention: '2160h',
  auditMaxEvents: 5_000_000,
  auditMaxBytes: 10_000_000_000,
  auditOverflow: 'wait',
};

describeOnStores('settings', (open) => {
  const logged: Array<[object, string]> = [];
  const logger: Logger = {
    info() {},
    warn: (...line) => logged.push(line),
    error: (...line) => logged.push(line),
  };
  const settingsOn = (store: Store) => createSettings({ store, logger });

  test('have their defaults where nobody has changed them', async () => {
    const settings = await settingsOn(await open());
    assert.deepEqual(settings.get(), DEFAULTS);
    assert.equal(settings.duration('kubeconfigExpiry'), 720 * 3_600_000);
  });

  test('are changed one by one, at once, and for good', async () => {
    const store = await open();
    const settings = await settingsOn(store);
    const changed = { ...DEFAULTS, kubeconfigExpiry: '0', sessionIdle: '30m' };
    assert.deepEqual(await settings.update({ kubeconfigExpiry: '0', sessionIdle: '30m' }), changed);
    assert.deepEqual(settings.get(), changed);
    assert.equal(settings.duration('kubeconfigExpiry'), 0);
    assert.deepEqual((await settingsOn(store)).get(), changed);
    await settings.update({ kubeconfigTrust: 'system', sessionIdle: undefined });
    assert.deepEqual(settings.get(), { ...changed, kubeconfigTrust: 'system' });
  });

  test('keep the CAs to embed, and nothing else of the text that they came in', async () => {
    const settings = await settingsOn(await open());
    const { cert } = await issueForTest('Company CA', undefined, { ca: true });
    const kubeconfigCas = `# ours\n${cert.replaceAll('\n', '\r\n')} the end`;
    const saved = await settings.update({ kubeconfigTrust: 'given', kubeconfigCas });
    assert.equal(saved.kubeconfigTrust, 'given');
    assert.equal(saved.kubeconfigCas, cert);
  });

  test('take no CAs that kubeconfigs could not use, whatever they embed now', async () => {
    const settings = await settingsOn(await open());
    const { cert, key } = await issueForTest('Company CA', undefined, { ca: true });
    const ended = await issueForTest('Old CA', undefined, { ca: true, days: [-9, -1] });
    for (const kubeconfigTrust of ['given', 'auto'] as const) {
      for (const kubeconfigCas of [cert + key, ended.cert, 'nonsense'])
        await assert.rejects(settings.update({ kubeconfigTrust, kubeconfigCas }), {
          code: 'settings.cas_refused',
        });
    }
    await assert.rejects(settings.update({ kubeconfigTrust: 'given', kubeconfigCas: ' ' }), {
      code: 'settings.cas_missing',
    });
    await assert.rejects(settings.update({ kubeconfigTrust: 'given' }), {
      code: 'settings.cas_missing',
    });
    assert.deepEqual(settings.get(), DEFAULTS);
  });

  test('cannot lose the CAs while kubeconfigs embed them, and keep them otherwise', async () => {
    const settings = await settingsOn(await open());
    const { cert } = await issueForTest('Company CA', undefined, { ca: true });
    await settings.update({ kubeconfigTrust: 'given', kubeconfigCas: cert });
    await assert.rejects(settings.update({ kubeconfigCas: '' }), { code: 'settings.cas_missing' });
    const away = await settings.update({ kubeconfigTrust: 'system' });
    assert.equal(away.kubeconfigCas, cert);
    assert.equal((await settings.update({ kubeconfigTrust: 'given' })).kubeconfigTrust, 'given');
    const none = await settings.update({ kubeconfigTrust: 'auto', kubeconfigCas: '' });
    assert.equal(none.kubeconfigCas, '');
  });

  test('can be changed although a CA among them has ended, but it is not chosen anew', async () => {
    const store = await open();
    const { cert } = await issueForTest('Old CA', undefined, { ca: true, days: [-9, -1] });
    const settings = await settingsOn(store);
    await store.write(async (tx, changed) => {
      const rows = [
        { key: 'kubeconfigTrust', value: '"given"' },
        { key: 'kubeconfigCas', value: JSON.stringify(cert) },
      ];
      await tx.insertInto('settings').values(rows).execute();
      changed('settings');
    });
    await eventually(() => settings.get().kubeconfigTrust === 'given');
    const saved = await settings.update({ ...settings.get(), sessionIdle: '1h' });
    assert.deepEqual([saved.sessionIdle, saved.kubeconfigCas], ['1h', cert]);
    await settings.update({ kubeconfigTrust: 'auto' });
    await assert.rejects(settings.update({ kubeconfigTrust: 'given' }), {
      code: 'settings.cas_refused',
      message: /CN=Old CA ended at /,
    });
  });

  test('refuse a default expiry that is longer than the longest, and change nothing then', async () => {
    const settings = await settingsOn(await open());
    await settings.update({ kubeconfigMaxExpiry: '1000h' });
    const longer = {
      code: 'settings.expiry_beyond_longest',
      message:
        'The default expiry, 1 year, is longer than the longest that may be asked for, 41 days 16 hours.',
    };
    await assert.rejects(settings.update({ kubeconfigExpiry: '8760h', sessionIdle: '1h' }), longer);
    await assert.rejects(settings.update({ kubeconfigMaxExpiry: '1h' }), {
      code: 'settings.expiry_beyond_longest',
    });
    assert.deepEqual(settings.get(), { ...DEFAULTS, kubeconfigMaxExpiry: '1000h' });
    await settings.update({ kubeconfigExpiry: '8760h', kubeconfigMaxExpiry: '8760h' });
  });

  test('refuse no expiry as the default where nothing may live for ever', async () => {
    const settings = await settingsOn(await open());
    const refused = { code: 'settings.no_expiry_forbidden' };
    await settings.update({ kubeconfigNoExpiry: false });
    await assert.rejects(settings.update({ kubeconfigExpiry: '0' }), refused);
    await settings.update({ kubeconfigNoExpiry: true, kubeconfigExpiry: '0' });
    await assert.rejects(settings.update({ kubeconfigNoExpiry: false }), refused);
  });

  test('that were changed twice at once are the same everywhere in the end', async () => {
    const store = await open();
    const settings = await settingsOn(store);
    await Promise.all(['1h', '2h', '3h'].map((sessionIdle) => settings.update({ sessionIdle })));
    assert.deepEqual(settings.get(), (await settingsOn(store)).get());
  });

  test('changed in another process are heard of', async () => {
    const store = await open();
    const settings = await settingsOn(store);
    const other = await settingsOn(await open({ beside: store }));
    await other.update({ sessionLifetime: '24h' });
    await eventually(() => settings.get().sessionLifetime === '24h');
  });

  test('that are unknown or broken are left out, with a line in the log', async () => {
    const store = await open();
    await store.write(async (tx) => {
      for (const [key, value] of [
        ['kubeconfigExpiry', '"soon"'],
        ['kubeconfigTrust', 'no JSON'],
        ['sessionLifetime', '"0"'],
        ['__proto__', '{}'],
        ['flux', '1'],
        ['sessionIdle', '"1h"'],
      ] as const) {
        await tx.insertInto('settings').values({ key, value }).execute();
      }
    });
    logged.length = 0;
    const settings = await settingsOn(store);
    assert.deepEqual(settings.get(), { ...DEFAULTS, sessionIdle: '1h' });
    assert.equal(logged.length, 5);
  });
});
