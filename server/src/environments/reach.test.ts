import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createEndpoint, dial } from '../proxy/upstream/dial.ts';
import { UpstreamFailure } from '../proxy/upstream/failure.ts';
import { readVersion } from './check.ts';
import { toTarget } from './connection.ts';
import { type FakeServer, kubernetes, startFakeServer } from './fakeServer.ts';
import { createKubeClient } from './kubeClient.ts';
import { createReach, type Refuses } from './reach.ts';

const OWN = 9443;

describe('an address', () => {
  const refuses = createReach({ allowed: [], ownPort: () => OWN });
  const isRefused = (address: string, port = 6443) => refuses(address, port) !== undefined;

  it('of a cloud’s metadata, of nobody, or of many is refused, however it is written', () => {
    for (const address of [
      ...['169.254.169.254', '169.254.0.1', '::ffff:169.254.169.254', '::ffff:a9fe:a9fe'],
      ...['64:ff9b::a9fe:a9fe', 'fe80::1', 'fe80::1%eth0', 'FE80::1', 'fd00:ec2::254'],
      ...['100.100.100.200', '168.63.129.16', '192.0.0.192', '0.0.0.0', '0.1.2.3', '::'],
      ...['224.0.0.1', '239.255.255.250', 'ff02::1', '255.255.255.255'],
    ])
      assert.ok(isRefused(address), address);
  });

  it('where clusters are is not: private, public, of this machine', () => {
    for (const address of [
      ...['10.0.0.1', '172.16.3.4', '192.168.1.1', '100.64.0.7', '127.0.0.1', '::1'],
      ...['203.0.113.7', '2001:db8::7', 'fd12:3456::1', '169.253.255.255', '64:ff9b::a00:1'],
    ])
      assert.ok(!isRefused(address), address);
  });

  it('in 169.254.0.0/16 is refused, each of them', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, (a, b) => {
        const hex = ((a << 8) | b).toString(16);
        for (const text of [`169.254.${a}.${b}`, `::ffff:a9fe:${hex}`, `64:ff9b::a9fe:${hex}`])
          assert.match(refuses(text, 443) ?? '', /link-local/);
      }),
    );
  });

  it('is refused where Sallyport listens itself, by each address of this machine', () => {
    const own = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
    for (const { address } of [{ address: '127.8.8.8' }, { address: '::1' }, ...own]) {
      const why = refuses(address, OWN);
      assert.match(why ?? '', /Sallyport itself listens there|link-local/, address);
    }
    assert.equal(refuses('203.0.113.7', OWN), undefined);
  });

  it('that is allowed by a setting is reached', () => {
    const some = createReach({ allowed: ['169.254.171.0/24', 'fe80::/64'], ownPort: () => OWN });
    assert.equal(some('169.254.171.9', 443), undefined);
    assert.equal(some('fe80::1', 443), undefined);
    assert.notEqual(some('169.254.169.254', 443), undefined);
  });
});

describe('a connection to an environment', () => {
  let cluster: FakeServer;
  let asked = 0;
  before(async () => {
    cluster = await startFakeServer((request, response) => {
      asked += 1;
      kubernetes(request, response);
    });
  });
  after(() => cluster.close());

  const target = (host: string, refuses: Refuses) =>
    toTarget(
      1,
      'one',
      {
        ...{ server: `https://${host}:${cluster.port}`, ca: cluster.caData },
        ...{ tlsServerName: 'localhost', credential: { token: 'secret' } },
      },
      refuses,
    );
  const dialed = (host: string, refuses: Refuses) =>
    new Promise<UpstreamFailure | undefined>((resolve) => {
      dial(createEndpoint(target(host, refuses)), ['http/1.1'], 5_000, {
        onSocket: (socket) => {
          socket.destroy();
          resolve(undefined);
        },
        onDialFailed: resolve,
      });
    });

  it('is looked at when it is made: by an address, and by what a name means', async () => {
    const seen: string[] = [];
    const refuses: Refuses = (address, port) => {
      seen.push(`${address} ${port}`);
      return 'it is refused here';
    };
    for (const host of ['127.0.0.1', 'localhost']) {
      const failure = await dialed(host, refuses);
      assert.ok(failure instanceof UpstreamFailure);
      assert.equal(failure.kind, 'unreachable');
      assert.match(failure.message, /its address is one that Sallyport does not connect to/);
      const kube = createKubeClient(target(host, refuses));
      await assert.rejects(readVersion(kube), {
        code: 'environment.address_refused',
        message: /does not connect to https:\/\/\S+: it is refused here\.$/,
      });
      await kube.close();
    }
    assert.equal(asked, 0);
    assert.ok(seen.includes(`127.0.0.1 ${cluster.port}`));
  });

  it('is made where a name means something else as well: the others are passed over', async () => {
    const refuses: Refuses = (address) => (address === '::1' ? 'not by this one' : undefined);
    for (const host of ['127.0.0.1', 'localhost']) {
      assert.equal(await dialed(host, refuses), undefined);
      const kube = createKubeClient(target(host, refuses));
      assert.equal(await readVersion(kube), 'v1.99.0');
      await kube.close();
    }
  });

  it('follows a name that comes to mean something that is refused', async () => {
    let rebound = false;
    const refuses: Refuses = () => (rebound ? 'it means something else now' : undefined);
    const kube = createKubeClient(target('localhost', refuses));
    assert.equal(await readVersion(kube), 'v1.99.0');
    await kube.close();
    rebound = true;
    const later = createKubeClient(target('localhost', refuses));
    await assert.rejects(readVersion(later), { code: 'environment.address_refused' });
    await later.close();
  });

  it('is not led elsewhere by a redirect', async () => {
    let followed = 0;
    const elsewhere = createServer(() => {
      followed += 1;
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as { port: number };
    const leading = await startFakeServer((_request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${port}/latest/meta-data/` }).end();
    });
    const connection = { server: leading.url, ca: leading.caData, tlsServerName: null };
    const kube = createKubeClient(
      toTarget(1, 'one', { ...connection, credential: { token: 't' } }),
    );
    await assert.rejects(readVersion(kube), { code: 'environment.not_kubernetes' });
    assert.equal(followed, 0);
    await kube.close();
    await leading.close();
    await new Promise((resolve) => elsewhere.close(resolve));
  });
});
