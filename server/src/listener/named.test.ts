import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { environmentNamed } from '../environments/serverName.ts';
import { type Harness, PROXY_PATH, readAll, request2, startHarness } from './testing.ts';

const NAME = 'environment-7.sallyport.internal';

describe('a connection whose TLS handshake names an environment', () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness({
      environmentNamed: (name) => environmentNamed(name, 'sallyport.internal'),
    });
  });
  after(() => harness.close());

  async function ask1(target: string, servername: string, head = '', body = '') {
    const socket = await harness.dial(['http/1.1'], servername);
    socket.write(
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${head}\r\n${body}`,
    );
    const text = await readAll(socket);
    return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
  }

  async function ask2(target: string, servername: string) {
    return JSON.parse(
      (await request2(await harness.session(servername), { ':path': target })).body,
    );
  }

  it('has nothing of the API or the page: all of it is the proxy’s', async () => {
    for (const target of ['/', '/api/users', '/healthz', '/api/auth/login', `${PROXY_PATH}/api`]) {
      for (const answer of [await ask1(target, NAME), await ask2(target, NAME)]) {
        assert.equal(answer.room, 'proxy', target);
        assert.equal(answer.target, target);
        assert.equal(answer.info.environmentId, 7);
      }
    }
    // With a body, which another reader reads.
    const withBody = await ask1('/api/users', NAME, 'Content-Length: 2\r\n', '{}');
    assert.deepEqual([withBody.room, withBody.info.environmentId], ['proxy', 7]);
  });

  it('may have upgrades at every path', async () => {
    const upgraded = Promise.withResolvers<number | undefined>();
    harness.rooms.upgrade = (_req, socket, _head, info) => {
      upgraded.resolve(info.environmentId);
      socket.destroy();
    };
    const socket = await harness.dial(['http/1.1'], NAME);
    socket.write(
      'GET /api/v1/x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    assert.equal(await upgraded.promise, 7);
    if (!socket.closed) await once(socket, 'close');
  });

  it('is one by that name alone, also where a name was heard before', async () => {
    for (const servername of [
      '',
      'localhost',
      'environment-07.sallyport.internal',
      'x.sallyport.internal',
    ]) {
      const answer = await ask1('/api/users', servername);
      assert.equal(answer.room, 'api', servername);
      assert.equal(answer.info.environmentId, undefined);
      assert.equal((await ask2('/api/users', servername)).room, 'api');
    }
  });

  it('is not one by the name of a connection whose TLS session it goes on with', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const dial = async (servername: string, session?: Buffer) => {
        const ca = harness.tls.caData();
        const socket = connectTls({
          ...{ port: harness.port, host: '127.0.0.1', ca, servername, session, maxVersion },
          ALPNProtocols: ['http/1.1'],
        });
        const kept = once(socket, 'session');
        await once(socket, 'secureConnect');
        const resumed = socket.isSessionReused();
        socket.write('GET /api/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
        const text = await readAll(socket);
        const { room } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4));
        return { room, resumed, kept };
      };
      const named = await dial(NAME);
      assert.equal(named.room, 'proxy');
      const [session] = await named.kept;
      assert.equal((await dial(NAME, session)).resumed, true, maxVersion);
      assert.equal((await dial('localhost', session)).room, 'api', maxVersion);
      assert.equal((await dial('', session)).room, 'api', maxVersion);
    }
  });

  it('is not made one by what a request says', async () => {
    const head = `X-Forwarded-Host: ${NAME}\r\nForwarded: host=${NAME}\r\n`;
    assert.equal((await ask1('/api/users', '', head)).room, 'api');
    const session = await harness.session();
    const { body } = await request2(session, { ':path': '/api/users', ':authority': NAME });
    assert.equal(JSON.parse(body).room, 'api');
  });
});
