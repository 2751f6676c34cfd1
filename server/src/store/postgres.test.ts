import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type AddressInfo,
  connect,
  createServer,
  type NetConnectOpts,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { SallyportError } from '../errors.ts';
import { openStore } from './store.ts';
import { describeOnPostgres, eventually, newDatabase } from './testing.ts';
import { startTestPostgres } from './testPostgres.ts';

const SECRET = 'Geheim-42';

/** Opens what cannot be opened, and checks that no part of the error gives the password away. */
async function refusal(databaseUrl: string): Promise<SallyportError> {
  try {
    await openStore({ dataDir: '/nowhere', databaseUrl });
  } catch (error) {
    assert.ok(error instanceof SallyportError);
    for (let each: unknown = error; each instanceof Error; each = each.cause) {
      const all = JSON.stringify({ ...each, message: each.message, stack: each.stack });
      assert.ok(!all.includes(SECRET), all);
    }
    return error;
  }
  throw new Error('it was opened');
}

test('a URL that is none of PostgreSQL is refused, without saying it', async () => {
  for (const url of [`mysql://u:${SECRET}@host/db`, `postgres//u:${SECRET}@host/db`, SECRET, '']) {
    assert.equal((await refusal(url)).code, 'store.url_invalid');
  }
});

test('a password with unescaped characters is refused before a part of it passes for a host', async () => {
  for (const separator of ['/', '?', '#']) {
    const error = await refusal(`postgres://u:12${separator}${SECRET}@host/db`);
    assert.equal(error.code, 'store.url_invalid');
    assert.match(error.message, /%2F/);
  }
});

test('a server that does not answer is named by address, without the password', async () => {
  // An address that nobody else uses, so that nobody takes the port meanwhile.
  const server = createServer().listen(0, '127.0.0.2');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await refusal(`postgres://u:${SECRET}@127.0.0.2:${port}/db`);
  assert.equal(error.code, 'store.unreachable');
  assert.ok(error.message.includes(`127.0.0.2:${port}`), error.message);
  assert.match(error.message, /ECONNREFUSED/);
});

/** Waits until something succeeds. */
const works = (attempt: () => Promise<unknown>) =>
  eventually(() =>
    attempt().then(
      () => true,
      () => false,
    ),
  );

/** Where a test server listens, by the words of `connect`. */
function addressOf(url: string): NetConnectOpts {
  const { hostname, port } = new URL(url);
  const host = decodeURIComponent(hostname);
  return host.startsWith('/')
    ? { path: join(host, '.s.PGSQL.5432') }
    : { host, port: Number(port || 5432) };
}

/** Has the server end all connections to a database. */
async function cutAll(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()`,
  );
  await admin.end();
}

describeOnPostgres('a store', () => {
  test('names the server where it refuses', async () => {
    const database = await newDatabase();
    await database.drop();
    const error = await refusal(database.url);
    assert.equal(error.code, 'store.unreachable');
    assert.match(error.message, /does not exist/);
  });

  test('is refused at once also while another connection is still being made', async () => {
    const database = await newDatabase();
    await database.drop();
    let connections = 0;
    const between = createServer((client) => {
      client.on('error', () => {});
      connections += 1;
      // The first is that of the change feed: it is left without an answer.
      if (connections === 1) return client.resume();
      const upstream = connect(addressOf(database.url)).on('error', () => {});
      return client.pipe(upstream).pipe(client);
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port } = between.address() as AddressInfo;
    const { href } = Object.assign(new URL(database.url), { host: `127.0.0.1:${port}` });
    const error = await refusal(href);
    assert.equal(connections, 2);
    assert.match(error.message, /does not exist/);
    between.close();
  });

  test('is refused also where another connection to it hears no good-bye', async () => {
    const database = await newDatabase();
    const heard = Promise.withResolvers<void>();
    const sockets: Socket[] = [];
    const between = createServer((client) => {
      client.on('error', () => {});
      sockets.push(client);
      // The first is that of the change feed: nothing passes any more once it listens.
      if (sockets.length > 1) return void heard.promise.then(() => client.destroy());
      const upstream = connect(addressOf(database.url)).on('error', () => {});
      sockets.push(upstream);
      client.pipe(upstream).pipe(client);
      return client.on('data', (bytes) => {
        if (!bytes.includes('listen sallyport_changes')) return;
        upstream.once('data', () => {
          for (const socket of sockets) socket.unpipe().pause();
          heard.resolve();
        });
      });
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port } = between.address() as AddressInfo;
    const { href } = Object.assign(new URL(database.url), { host: `127.0.0.1:${port}` });
    assert.equal((await refusal(href)).code, 'store.unreachable');
    between.close();
    for (const socket of sockets) socket.destroy();
    await database.drop();
  });

  test('loses no place to a connection that is cut before it is ready', async () => {
    const database = await newDatabase();
    let cuts = 1;
    const between = createServer((client) => {
      const upstream = connect(addressOf(database.url));
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => {});
        // A reset, too, is passed on.
        one.on('close', () => other.destroy());
      }
      client.pipe(upstream).pipe(client);
      client.on('data', (bytes) => {
        if (cuts === 0 || !bytes.includes('idle_in_transaction')) return;
        cuts -= 1;
        client.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port } = between.address() as AddressInfo;
    const { href } = Object.assign(new URL(database.url), { host: `127.0.0.1:${port}` });
    assert.equal((await refusal(href)).code, 'store.unreachable');
    const store = await openStore({ dataDir: '/nowhere', databaseUrl: href });
    cuts = 1;
    await cutAll(database.url);
    await works(() => store.write(async (_tx, changed) => changed('users')));
    assert.equal(cuts, 0);
    await store.close();
    between.close();
    await database.drop();
  });

  test('hears of changes again after all its connections were cut', async () => {
    const database = await newDatabase();
    const store = await openStore({ dataDir: '/nowhere', databaseUrl: database.url });
    const other = await openStore({ dataDir: '/nowhere', databaseUrl: database.url });
    let heard = 0;
    store.onChange(() => {
      heard += 1;
    });
    await cutAll(database.url);
    await works(() => other.write(async (_tx, changed) => changed('users')));
    await eventually(() => heard > 0);
    await sql`select 1`.execute(store.db);
    await Promise.all([store.close(), other.close()]);
    await database.drop();
  });

  test('fails the query whose connection is cut, and soon works again', async () => {
    const database = await newDatabase();
    const store = await openStore({ dataDir: '/nowhere', databaseUrl: database.url });
    const cut = sql`select pg_terminate_backend(pg_backend_pid())`;
    await assert.rejects(cut.execute(store.db));
    await works(() => sql`select 1`.execute(store.db));
    const insert = (key: string) =>
      store.write(async (tx) => {
        await tx.insertInto('meta').values({ key, value: '' }).execute();
        if (key === 'lost') await cut.execute(tx);
      });
    await assert.rejects(insert('lost'));
    await works(() => insert('kept'));
    const rows = await store.db.selectFrom('meta').select('key').execute();
    assert.deepEqual(rows, [{ key: 'kept' }]);
    await store.close();
    await database.drop();
  });

  test('takes everything as changed when the server has been gone for a while', async () => {
    const server = await startTestPostgres();
    const store = await openStore({ dataDir: '/nowhere', databaseUrl: server.url });
    const everything = new Promise<ReadonlySet<string>>((resolve) => store.onChange(resolve));
    await server.stop();
    assert.equal((await everything).size, 8);
    await store.close();
  });

  test('takes everything as changed when the server no longer answers, and can be closed', async () => {
    const server = await startTestPostgres();
    const sockets: Socket[] = [];
    const between = createServer((client) => {
      const upstream = connect(addressOf(server.url));
      client.pipe(upstream).pipe(client);
      sockets.push(client, upstream);
      for (const socket of [client, upstream]) socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    const { port } = between.address() as AddressInfo;
    const databaseUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const store = await openStore({ dataDir: '/nowhere', databaseUrl });
    const everything = new Promise<ReadonlySet<string>>((resolve) => store.onChange(resolve));
    for (const socket of sockets) socket.unpipe().pause();
    assert.equal((await everything).size, 8);
    await store.close();
    between.close();
    for (const socket of sockets) socket.destroy();
    await server.stop();
  });
});
