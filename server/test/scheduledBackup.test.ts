import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Person } from '../../scripts/rest.ts';
import type { FakeServer } from '../src/environments/fakeServer.ts';
import { describeOnPostgres, newDatabase } from '../src/store/testing.ts';
import {
  type Asked,
  backup,
  backupArgs,
  furnish,
  isTheSame,
  PASSPHRASE,
  PASSWORD,
  passphraseFile,
  restore,
  setUp,
  startCluster,
  unfinished,
} from './backupHouse.ts';
import { type RunningServer, startServer } from './server.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const LINE = /^(\/\S+\.backup): (\d+) bytes in \d+\.\d s(?:, (\d+) older removed)?\n$/;

describe('a backup by the command', () => {
  let folder: string;
  let cluster: FakeServer;
  let server: RunningServer;
  let admin: Person;
  let token: string;
  let file: string;
  let asked: Asked;
  let places = 0;
  /** A folder that is empty. */
  const place = () => {
    const path = join(folder, `place-${places++}`);
    mkdirSync(path);
    return path;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-scheduled-'));
    cluster = await startCluster();
    server = await startServer(join(folder, 'data'));
    admin = await setUp(server);
    token = await furnish(admin, cluster);
    file = passphraseFile(folder);
    asked = { dataDir: server.dataDir, to: place(), file };
  });
  after(async () => {
    await admin?.close();
    await server?.kill('SIGTERM');
    await cluster?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is made beside a Sallyport that runs: one sealed file for nobody else, and one line', async () => {
    const { code, said } = await backup(asked);
    assert.equal(code, 0, said);
    const [, path = '', bytes] = LINE.exec(said) ?? [];
    const { mode, size } = statSync(path);
    assert.equal(mode & 0o777, 0o600);
    assert.equal(size, Number(bytes));
    assert.match(path, /\/sallyport-\d{8}T\d{9}Z\.backup$/);
    const text = readFileSync(path, 'latin1');
    assert.match(text, /^SALLYPORT-BACKUP-1\n/);
    assert.ok(!text.includes('PRIVATE KEY') && !text.includes('SQLite format'));
    assert.deepEqual(readdirSync(asked.to), [path.slice(asked.to.length + 1)]);
    assert.deepEqual(unfinished(server.dataDir), []);
  });

  it('stands in the audit log as made by nobody who has signed in, without its passphrase', async () => {
    const { items } = await admin.call('audit.list', { query: { verb: 'backup' } });
    const [item] = items;
    assert.equal(item?.username, null);
    assert.equal(item?.resource, 'system');
    assert.equal(item?.userAgent, 'sallyport backup');
    assert.deepEqual(item?.details, {
      ...{ passphrase: '[hidden]', to: asked.to, withAudit: false },
    });
    assert.ok(!JSON.stringify(items).includes(PASSPHRASE));
  });

  it('is restored elsewhere as the same Sallyport, whose kubeconfigs open', async () => {
    const [name = ''] = readdirSync(asked.to);
    const dataDir = join(folder, 'restored');
    const { code, said } = await restore(join(asked.to, name), dataDir);
    assert.equal(code, 0, said);
    assert.deepEqual(unfinished(dataDir), []);
    assert.equal(existsSync(join(dataDir, 'audit.db')), false);
    const again = await startServer(dataDir);
    assert.equal(again.ca, server.ca);
    await isTheSame(again, token);
    await again.kill('SIGTERM');
  });

  it('takes the audit log along where it is asked to, and it is restored', async () => {
    const to = join(place(), 'all.backup');
    const { code, said } = await backup({ ...asked, to, more: ['--with-audit'] });
    assert.equal(code, 0, said);
    const dataDir = join(folder, 'with-audit');
    const put = await restore(to, dataDir);
    assert.match(put.said, /sallyport\.db, audit\.db, key/);
    const again = await startServer(dataDir);
    const person = again.person();
    await person.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
    const { items } = await person.call('audit.list', { query: { resource: 'environments' } });
    assert.deepEqual(
      items.map(({ verb, name }) => [verb, name]),
      [['create', 'one']],
    );
    await person.close();
    await again.kill('SIGTERM');
  });

  it('takes no other file’s place, and needs a folder that is there', async () => {
    const to = join(place(), 'mine');
    writeFileSync(to, 'mine');
    const taken = await backup({ ...asked, to });
    assert.equal(taken.code, 1);
    assert.match(taken.said, /mine is there already/);
    assert.equal(readFileSync(to, 'utf8'), 'mine');
    for (const nowhere of [join(folder, 'nowhere', 'a.backup'), `${join(folder, 'nowhere')}/`]) {
      const { code, said } = await backup({ ...asked, to: nowhere });
      assert.equal(code, 1);
      assert.match(said, /No backup can be written to \S+nowhere\S*: there is no such folder/);
    }
  });

  it('is refused where everybody may read the passphrase, it is too short, or no one line', async () => {
    const to = place();
    for (const [path, why] of [
      [passphraseFile(folder, undefined, 0o604), /Every user of this machine may use/],
      [passphraseFile(folder, 'short\n'), /the passphrase must have at least 12 characters/],
      [passphraseFile(folder, 'a first line of it\nand another'), /more than one line/],
      [join(folder, 'none'), /no such file/],
      [folder, /Every user|EISDIR|larger/],
    ] as const) {
      const { code, said } = await backup({ ...asked, to, file: path });
      assert.equal(code, 1, said);
      assert.match(said, why);
      assert.ok(!said.includes('short\n') && !said.includes('a first line'));
    }
    assert.deepEqual(readdirSync(to), []);
  });

  it('is wrong usage, with its own exit code, where it does not say where to', async () => {
    const child = spawn(process.execPath, [MAIN, 'backup', '--data-dir', server.dataDir]);
    assert.deepEqual(await once(child, 'close'), [2, null]);
  });

  it('is not made of nothing, and makes nothing there', async () => {
    const dataDir = join(folder, 'empty');
    const { code, said } = await backup({ ...asked, dataDir });
    assert.equal(code, 1);
    assert.match(said, /There is no \S+sallyport\.db/);
    assert.ok(!existsSync(dataDir));
  });

  it('is not made of data that this version would first have to change', async () => {
    const dataDir = join(folder, 'older');
    mkdirSync(dataDir);
    const database = new DatabaseSync(join(dataDir, 'sallyport.db'));
    database.exec('create table kysely_migration (name text); create table users (id integer)');
    database.close();
    const { code, said } = await backup({ ...asked, dataDir });
    assert.equal(code, 1);
    assert.match(said, /has not been brought to this version/);
    assert.deepEqual(readdirSync(dataDir), ['sallyport.db']);
  });

  it('keeps as many as it is told, of its own names alone', async () => {
    const to = place();
    const others = ['sallyport-2026-11-22.backup', 'sallyport-20010101T000000000Z.backup.old', 'x'];
    for (const name of others) writeFileSync(join(to, name), name);
    for (let made = 0; made < 3; made++) {
      const { code, said } = await backup({ ...asked, to, more: ['--keep', '2'] });
      assert.equal(code, 0, said);
      if (made === 2) assert.match(said, /, 1 older removed$/m);
    }
    const own = readdirSync(to).filter((name) => !others.includes(name));
    assert.equal(own.length, 2);
    assert.deepEqual(
      readdirSync(to).filter((name) => others.includes(name)),
      others.sort(),
    );
    // One that fails removes none.
    const failed = await backup({
      ...{ ...asked, to, file: passphraseFile(folder, 'short') },
      more: ['--keep', '1'],
    });
    assert.equal(failed.code, 1);
    assert.equal(readdirSync(to).length, 2 + others.length);
  });

  it('is never removed for another one that only seems newer', async () => {
    const to = place();
    const later = ['sallyport-20990101T000000000Z.backup', 'sallyport-20990102T000000000Z.backup'];
    for (const name of later) writeFileSync(join(to, name), '');
    for (let made = 0; made < 2; made++)
      assert.equal((await backup({ ...asked, to, more: ['--keep', '1'] })).code, 0);
    const names = readdirSync(to).sort();
    assert.deepEqual(names.slice(1), later);
    assert.equal(names.length, 3);
    const both = await Promise.all(
      [0, 1].map(() => backup({ ...asked, to, more: ['--keep', '1'] })),
    );
    for (const { code, said } of both) assert.equal(code, 0, said);
    assert.ok(readdirSync(to).length >= 3);
    const one = await backup({ ...asked, to: join(to, 'one'), more: ['--keep', '1'] });
    assert.equal(one.code, 1);
    assert.match(one.said, /--keep counts the backups in a folder/);
  });

  it('is made by two at once, each its own', async () => {
    const to = place();
    const both = await Promise.all([backup({ ...asked, to }), backup({ ...asked, to })]);
    for (const { code, said } of both) assert.equal(code, 0, said);
    assert.equal(readdirSync(to).length, 2);
    assert.deepEqual(unfinished(to), []);
    const one = join(place(), 'one.backup');
    const rivals = await Promise.all([
      backup({ ...asked, to: one }),
      backup({ ...asked, to: one }),
    ]);
    assert.deepEqual(rivals.map(({ code }) => code).sort(), [0, 1]);
    assert.match(rivals.find(({ code }) => code === 1)?.said ?? '', /is there already/);
  });

  it('is of one moment while Sallyport writes all the time: no user is missing in between', async () => {
    const made: number[] = [];
    let over = false;
    const writing = (async () => {
      const { id } = await admin.call('teams.create', { body: { name: 'writers' } });
      for (let n = 0; !over; n++) {
        const { id: member } = await admin.call('users.create', {
          body: { username: `u${n}`, password: PASSWORD },
        });
        await admin.call('teams.addMember', { params: { id }, body: { userId: member } });
        made.push(n);
      }
    })();
    try {
      for (let round = 0; round < 2; round++) {
        const before = made.length;
        const to = place();
        const { code, said } = await backup({ ...asked, to });
        assert.equal(code, 0, said);
        const [name = ''] = readdirSync(to);
        const dataDir = join(folder, `loaded-${round}`);
        assert.equal((await restore(join(to, name), dataDir)).code, 0);
        const copy = new DatabaseSync(join(dataDir, 'sallyport.db'));
        const users = copy.prepare(`select username from users where username like 'u%'`).all();
        const members = copy.prepare('select count(*) as n from team_members').get();
        assert.deepEqual(copy.prepare('pragma foreign_key_check').all(), []);
        assert.deepEqual(copy.prepare('pragma integrity_check').get()?.integrity_check, 'ok');
        copy.close();
        const numbers = users.map(({ username }) => Number(String(username).slice(1)));
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          numbers.map((_, index) => index),
        );
        assert.ok(numbers.length >= before, `${numbers.length} of ${before}`);
        // A user is made before they are a member.
        assert.ok(numbers.length - Number(members?.n) <= 1);
      }
    } finally {
      over = true;
      await writing;
    }
    assert.ok(made.length > 0);
  });

  it('leaves no file under its name when it is killed, and the next one clears up', async () => {
    const to = place();
    for (let attempt = 0; attempt < 20 && unfinished(to).length === 0; attempt++) {
      const child = spawn(process.execPath, [MAIN, ...backupArgs({ ...asked, to })]);
      const ended = once(child, 'close');
      for (let waited = 0; unfinished(to).length === 0 && waited < 20_000; waited++) {
        if (child.exitCode !== null) break;
        await delay(1);
      }
      child.kill('SIGKILL');
      await ended;
    }
    assert.ok(unfinished(to).length > 0, 'it was never killed in the middle');
    assert.deepEqual(
      readdirSync(to).filter((name) => !name.startsWith('.')),
      [],
    );
    writeFileSync(join(to, '.sallyport-backup-of-somebody-else'), '');
    const { code, said } = await backup({ ...asked, to });
    assert.equal(code, 0, said);
    assert.deepEqual(unfinished(to), ['.sallyport-backup-of-somebody-else']);
    assert.deepEqual(unfinished(server.dataDir), []);
  });

  it('is read back before it has its name: what the disk has changed is found', async () => {
    const to = place();
    const child = spawn(process.execPath, [MAIN, ...backupArgs({ ...asked, to })]);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const ended = once(child, 'close');
    let changed = false;
    // A bit of what is written is turned over as soon as there is one, as a bad disk would.
    for (let waited = 0; !changed && child.exitCode === null && waited < 20_000; waited++) {
      const [name] = unfinished(to);
      const path = name && join(to, name);
      if (path && statSync(path, { throwIfNoEntry: false })?.size) {
        const opened = openSync(path, 'r+');
        writeSync(opened, Buffer.from('X'), 0, 1, 25);
        closeSync(opened);
        changed = true;
      }
      await delay(0);
    }
    const [code] = await ended;
    assert.ok(changed);
    assert.equal(code, 1, said);
    assert.match(said, /could not be read back: the passphrase is wrong, or the file was changed/);
    assert.deepEqual(readdirSync(to), []);
  });

  it('is made of a Sallyport that does not run, and copies left behind go at its start', async () => {
    const dataDir = join(folder, 'stopped');
    const stopped = await startServer(dataDir);
    await (await setUp(stopped)).close();
    await stopped.kill('SIGTERM');
    mkdirSync(join(dataDir, '.backup-aB3dE6'));
    copyFileSync(join(dataDir, 'sallyport.db'), join(dataDir, '.backup-aB3dE6', 'sallyport.db'));
    const { code, said } = await backup({ ...asked, dataDir, to: place() });
    assert.equal(code, 0, said);
    // That of a version which did not say who makes it: only a start knows that nobody does.
    assert.deepEqual(unfinished(dataDir), ['.backup-aB3dE6']);
    const again = await startServer(dataDir);
    assert.deepEqual(unfinished(dataDir), []);
    assert.match(again.log(), /Copies of the data were removed/);
    await again.kill('SIGTERM');
  });

  it('says so where the folder may not be written', async (t) => {
    const to = place();
    chmodSync(to, 0o500);
    if (process.getuid?.() === 0) return t.skip('root may write anywhere');
    const { code, said } = await backup({ ...asked, to });
    assert.equal(code, 1);
    assert.match(said, /No backup can be written to/);
  });
});

describeOnPostgres('a backup by the command', () => {
  it('is made of PostgreSQL too, and restored into SQLite and into another database', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-scheduled-'));
    const [one, other] = [await newDatabase(), await newDatabase()];
    const cluster = await startCluster();
    const env = { DATABASE_URL: one.url };
    const dataDir = join(folder, 'data');
    const server = await startServer(dataDir, [], env);
    const admin = await setUp(server);
    t.after(async () => {
      await admin.close();
      await server.kill('SIGTERM');
      await cluster.close();
      await one.drop();
      await other.drop();
      rmSync(folder, { recursive: true, force: true });
    });
    const token = await furnish(admin, cluster);
    const to = join(folder, 'one.backup');
    const asked = { dataDir, to, file: passphraseFile(folder), env };

    const withAudit = await backup({ ...asked, more: ['--with-audit'] });
    assert.equal(withAudit.code, 1);
    assert.match(withAudit.said, /from SQLite only/);
    const { code, said } = await backup(asked);
    assert.equal(code, 0, said);
    const { items } = await admin.call('audit.list', { query: { verb: 'backup' } });
    assert.equal(items.length, 1);

    // The page's, which a person takes home.
    const response = await admin.call('system.backup', {
      body: { password: PASSWORD, passphrase: PASSPHRASE },
    });
    const download = join(folder, 'page.backup');
    writeFileSync(download, Buffer.from(await response.arrayBuffer()));

    const taken = await restore(to, join(folder, 'taken'), PASSPHRASE, env);
    assert.equal(taken.code, 1);
    assert.match(taken.said, /holds data of Sallyport already/);
    assert.deepEqual(readdirSync(join(folder, 'taken')), []);

    const elsewhere: Array<readonly [string, string, Record<string, string>]> = [
      [to, join(folder, 'sqlite'), {}],
      [download, join(folder, 'postgres'), { DATABASE_URL: other.url }],
    ];
    for (const [file, place, env] of elsewhere) {
      const put = await restore(file, place, PASSPHRASE, env);
      assert.equal(put.code, 0, put.said);
      const again = await startServer(place, [], env);
      await isTheSame(again, token);
      // Ids go on from where they were.
      const person = again.person();
      await person.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
      const { id } = await person.call('teams.create', { body: { name: 'new' } });
      assert.equal(id, 1);
      const user = await person.call('users.create', {
        body: { username: 'eve', password: PASSWORD },
      });
      assert.equal(user.id, 2);
      await person.close();
      await again.kill('SIGTERM');
    }
  });
});
