import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { createServer } from 'node:tls';
import { type Issued, issueForTest } from '../tls/fixtures.ts';
import { tryAuthorities } from './trial.ts';

describe('trying CAs at the public address', () => {
  let root: Issued;
  let middle: Issued;
  const closes: Array<() => unknown> = [];
  before(async () => {
    root = await issueForTest('Company root', undefined, { ca: true });
    middle = await issueForTest('Company issuing CA', root, { ca: true });
  });
  after(() => {
    for (const close of closes) close();
  });

  async function serve(leaf: Issued): Promise<string> {
    const server = createServer({ cert: leaf.cert + middle.cert, key: leaf.key });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closes.push(() => server.close());
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  it('says what it met where that verifies, with a root or an intermediate as kubectl does', async () => {
    const url = await serve(await issueForTest('localhost', middle));
    for (const ca of [root.cert, middle.cert, (await other()).cert + root.cert]) {
      const trial = await tryAuthorities(ca, url);
      assert.equal(trial.outcome, 'verified', trial.message);
      assert.match(trial.message, /signed by CN=Company issuing CA and ends at 20/);
    }
  });

  it('says why it does not verify', async () => {
    const url = await serve(await issueForTest('localhost', middle));
    const stranger = await tryAuthorities((await other()).cert, url);
    assert.equal(stranger.outcome, 'refused');
    assert.match(stranger.message, /its certificate is not signed by the CA given\. Kubeconfigs/);
    const elsewhere = await serve(await issueForTest('gate.example', middle));
    const named = await tryAuthorities(root.cert, elsewhere);
    assert.equal(named.outcome, 'refused');
    assert.match(named.message, /its certificate is not for localhost, but for gate\.example/);
    const ended = await serve(await issueForTest('localhost', middle, { days: [-9, -1] }));
    assert.match((await tryAuthorities(root.cert, ended)).message, /expired at 20/);
  });

  it('says that it came nowhere, which people may', async () => {
    const closed = await serve(await issueForTest('localhost', middle));
    closes.pop()?.();
    const nothing = await tryAuthorities(root.cert, closed);
    assert.equal(nothing.outcome, 'unreachable');
    assert.match(nothing.message, /nothing listens there.*curl --cacert/);
    const silent = createTcpServer((socket) => socket.end());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    closes.push(() => silent.close());
    const { port } = silent.address() as AddressInfo;
    const { outcome } = await tryAuthorities(root.cert, `https://127.0.0.1:${port}`);
    assert.equal(outcome, 'unreachable');
  });

  const other = () => issueForTest('Another CA', undefined, { ca: true });
});
