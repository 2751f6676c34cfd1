import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { createPerson, type Person } from '../../scripts/rest.ts';
import { type FakeServer, startFakeServer } from '../src/environments/fakeServer.ts';
import { type Issued, issueForTest } from '../src/tls/fixtures.ts';
import { said } from './said.ts';
import { startServer } from './server.ts';
import { PASSWORD, type Scene, setUp, upstream, watch } from './twoWorkers.ts';
import { type Line, lineToEach, openLine } from './workers.ts';

describe('the certificate of a running Sallyport with two workers', () => {
  const watches: ServerResponse[] = [];
  const cluster: RequestListener = (request, response) => {
    if (request.url?.startsWith('/api/v1/pods?watch')) watches.push(response);
    return upstream(request, response);
  };
  let folder: string;
  let target: FakeServer;
  let scene: Scene;
  let root: Issued;
  let leaf: Issued;
  let token: string;
  let lines: Line[];
  let streams: IncomingMessage[];
  let admin: Person;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-certificate-'));
    root = await issueForTest('Company CA', undefined, { ca: true });
    leaf = await issueForTest('gate', root, { names: ['localhost', '127.0.0.1'] });
    target = await startFakeServer(cluster);
    scene = await setUp(target, folder);
    ({ token } = await scene.kubeconfig());
    lines = await lineToEach(scene.server);
    streams = await Promise.all(lines.map((line) => watch(line, token)));
  });
  after(async () => {
    for (const line of lines ?? []) line.close();
    await target?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const body = () => ({
    ...{ certificate: leaf.cert + root.cert, key: leaf.key, password: PASSWORD },
  });
  const trusting = ({ cert }: { cert: string }) => ({ ...scene.server, ca: cert });

  it('is not changed by a wrong password or an API token, nor unasked to one for another name', async () => {
    const upload = (part: object) =>
      scene.admin.call('system.uploadCertificate', { body: { ...body(), ...part } });
    await assert.rejects(upload({ password: 'wrong' }), /password is wrong/);
    await assert.rejects(upload({ key: root.key }), /another certificate/);
    const other = await issueForTest('other.example', root);
    await assert.rejects(
      upload({ certificate: other.cert + root.cert, key: other.key }),
      /is for other\.example, and people reach Sallyport at localhost/,
    );
    const { token: apiToken } = await scene.admin.call('tokens.create', { body: { name: 'one' } });
    const response = await scene.admin.fetch('/api/system/tls/reset', {
      method: 'POST',
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      body: JSON.stringify({ password: PASSWORD }),
    });
    assert.equal((await said(response)).code, 'auth.session_only');
    assert.equal((await scene.admin.call('system.tls')).source, 'own');
  });

  it('changes at once in both workers; what is open goes on', async () => {
    const info = await scene.admin.call('system.uploadCertificate', { body: body() });
    assert.deepEqual(
      [info.source, info.issuer, info.names, info.embedded, info.trustedAlone],
      ['uploaded', 'CN=Company CA', ['localhost', '127.0.0.1'], true, false],
    );
    await assert.rejects(openLine(scene.server), /unable to verify|self.signed/);
    const fresh = await lineToEach(trusting(root));
    assert.equal(new Set(fresh.map(({ worker }) => worker)).size, 2);
    for (const line of fresh) line.close();
    const events = Promise.all(streams.map((stream) => untilAdded(stream)));
    for (const response of watches) response.write('{"type":"ADDED"}\n');
    await events;
  });

  it('is what a new kubeconfig embeds the CA of', async () => {
    admin = createPerson(scene.server.url, root.cert);
    await admin.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
    const made = await admin.call('kubeconfigs.create', { body: { environmentIds: [1] } });
    const { clusters } = parse(await made.text());
    const embedded = clusters[0].cluster['certificate-authority-data'];
    assert.equal(Buffer.from(embedded, 'base64').toString().trim(), root.cert.trim());
  });

  it('is told of in the audit log, and its key is not', async () => {
    const { items } = await admin.call('audit.list', { query: { verb: 'uploadCertificate' } });
    assert.equal(items.length, 4);
    const [newest] = items;
    assert.deepEqual([newest?.username, newest?.status], ['admin', 200]);
    assert.equal(newest?.details?.issuer, 'CN=Company CA');
    assert.equal(newest?.details?.key, '[hidden]');
    assert.doesNotMatch(JSON.stringify(items), /PRIVATE|BEGIN/);
    assert.doesNotMatch(scene.server.log(), /PRIVATE|BEGIN/);
  });

  it('is the same after a restart, until an admin goes back to the own one', async () => {
    for (const line of lines) line.close();
    await admin.close();
    await scene.close();
    const again = await startServer(folder);
    admin = createPerson(again.url, root.cert);
    await admin.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
    const info = await admin.call('system.resetCertificate', { body: { password: PASSWORD } });
    assert.equal(info.source, 'own');
    const own = again.person();
    await own.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
    await own.close();
    await assert.rejects(openLine({ ...again, ca: root.cert }), /unable to verify|self.signed/);
    await admin.close();
    await again.kill('SIGTERM');
  });
});

/** Reads a watch up to an object that was added. @throws where it ends before */
async function untilAdded(stream: IncomingMessage): Promise<void> {
  let text = '';
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes('ADDED')) return;
  }
  throw new Error(`the watch ended after: ${text}`);
}
