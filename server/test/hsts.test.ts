import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { startServer } from './server.ts';

it('browsers are told to keep to HTTPS by page and API, at the public name, where that is asked for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-hsts-'));
  const flags = ['--public-url', 'https://gate.example', '--http-port', '0', '--hsts', '1h'];
  const server = await startServer(folder, flags);
  t.after(async () => {
    await server.kill('SIGTERM');
    rmSync(folder, { recursive: true });
  });

  async function told(path: string, host: string, url = server.url): Promise<unknown> {
    const { hostname, port, protocol } = new URL(url);
    const options = { hostname, port, path, headers: { host }, agent: false };
    const sent =
      protocol === 'http:' ? requestHttp(options) : requestHttps({ ...options, ca: server.ca });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    return response.headers['strict-transport-security'];
  }

  for (const path of ['/', '/api/settings/public', '/api/users', '/healthz', '/api/nothing'])
    assert.equal(await told(path, 'gate.example'), 'max-age=3600', path);
  assert.equal(await told('/', 'localhost'), undefined);
  assert.equal(await told('/api/endpoints/1/kubernetes/version', 'gate.example'), undefined);
  assert.equal(await told('/', 'gate.example', server.httpUrl), undefined);
});
