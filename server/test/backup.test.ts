import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Person } from '../../scripts/rest.ts';
import type { FakeServer } from '../src/environments/fakeServer.ts';
import {
  furnish,
  isTheSame,
  PASSPHRASE,
  PASSWORD,
  restore,
  setUp,
  startCluster,
} from './backupHouse.ts';
import { said } from './said.ts';
import { type RunningServer, startServer } from './server.ts';

describe('a backup', () => {
  let folder: string;
  let cluster: FakeServer;
  let server: RunningServer;
  let admin: Person;
  let token: string;
  let file: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-backup-'));
    cluster = await startCluster();
    server = await startServer(join(folder, 'old'));
    admin = await setUp(server);
    token = await furnish(admin, cluster);
    file = join(folder, 'sallyport.backup');
  });
  after(async () => {
    await admin?.close();
    await server?.kill('SIGTERM');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made by an admin who gives their password again, and leaves no copy behind', async () => {
    const response = await admin.call('system.backup', {
      body: { password: PASSWORD, passphrase: PASSPHRASE },
    });
    assert.match(response.headers.get('content-disposition') ?? '', /sallyport-[\d-]+\.backup"/);
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    assert.deepEqual(
      readdirSync(server.dataDir).filter((name) => name.startsWith('.backup')),
      [],
    );
    const text = readFileSync(file, 'latin1');
    assert.match(text, /^SALLYPORT-BACKUP-1\n/);
    assert.ok(!text.includes('PRIVATE KEY') && !text.includes('SQLite format'));
    const { items } = await admin.call('audit.list', { query: { verb: 'backup' } });
    assert.deepEqual(
      items.map(({ resource, username, status, details }) => [resource, username, status, details]),
      [['system', 'admin', 200, { password: '[hidden]', passphrase: '[hidden]' }]],
    );
  });

  it('is refused with a wrong password, a short passphrase, or an API token', async () => {
    const ask = (body: { password: string; passphrase: string }) =>
      admin.call('system.backup', { body });
    await assert.rejects(ask({ password: 'wrong', passphrase: PASSPHRASE }), /password is wrong/);
    await assert.rejects(ask({ password: PASSWORD, passphrase: 'short' }), /12 characters/);
    const { token: apiToken } = await admin.call('tokens.create', { body: { name: 'script' } });
    const stranger = server.person();
    const response = await stranger.fetch('/api/system/backup', {
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ password: PASSWORD, passphrase: PASSPHRASE }),
    });
    assert.equal((await said(response)).code, 'auth.session_only');
    await stranger.close();
  });

  it('is not restored with a wrong passphrase, cut, or changed by one bit; nothing is written', async () => {
    const dataDir = join(folder, 'none');
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[bytes.length >> 1] = (changed[bytes.length >> 1] ?? 0) ^ 1;
    for (const [name, content, passphrase, why] of [
      ['wrong', bytes, 'another passphrase', /passphrase is wrong, or the file was changed/],
      ['changed', changed, PASSPHRASE, /the file was changed/],
      ['cut', bytes.subarray(0, -1), PASSPHRASE, /changed or cut/],
      ['hello', Buffer.from('hello'), PASSPHRASE, /it is no backup/],
    ] as const) {
      const path = join(folder, name);
      writeFileSync(path, content);
      const { code, said } = await restore(path, dataDir, passphrase);
      assert.equal(code, 1, name);
      assert.match(said, why);
      assert.equal(existsSync(join(dataDir, 'sallyport.db')), false);
      rmSync(path);
    }
    const missing = await restore(join(folder, 'nowhere'), dataDir, PASSPHRASE);
    assert.match(missing.said, /no such file/);
  });

  it('is not restored over data that are there', async () => {
    const { code, said } = await restore(file, server.dataDir, PASSPHRASE);
    assert.equal(code, 1);
    assert.match(said, /holds data already/);
  });

  it('makes the same Sallyport elsewhere: sign-in, CA, credentials, and kubeconfigs work', async () => {
    const dataDir = join(folder, 'new');
    const { code, said } = await restore(file, dataDir, PASSPHRASE);
    assert.equal(code, 0, said);
    assert.equal(statSync(join(dataDir, 'key')).mode & 0o777, 0o600);
    const again = await startServer(dataDir);
    assert.equal(again.ca, server.ca);
    await isTheSame(again, token);
    await again.kill('SIGTERM');
  });
});
