import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { freePorts } from '../../lab/src/ports.ts';
import { createPerson, type Person } from '../../scripts/rest.ts';
import { type Issued, issueForTest } from '../src/tls/fixtures.ts';
import { type Bench, PASSWORD, startBench } from './bench.ts';
import { hasProgram, isHere, type LoadBalancer, NGINX_HTTP, startNginx } from './loadBalancer.ts';

describe('behind nginx, which ends TLS with a certificate of a private CA', () => {
  const run = randomBytes(3).toString('hex');
  let bench: Bench | undefined;
  let nginx: LoadBalancer | undefined;
  let company: Issued;
  let stranger: Issued;
  let admin: Person;
  let environmentId: number;
  let url: string;

  before(async () => {
    if (!isHere('nginx')) return;
    company = await issueForTest('Company CA', undefined, { ca: true });
    stranger = await issueForTest('Another CA', undefined, { ca: true });
    const [port = 0] = await freePorts(1);
    url = `https://localhost:${port}`;
    bench = await startBench({
      serverArgs: [
        ...['--http-port', '0', '--public-url', url],
        ...['--trusted-proxies', '127.0.0.1/32'],
      ],
    });
    const leaf = await issueForTest('localhost', company);
    const file = (name: string, text: string) => {
      const path = join(bench?.folder ?? '', name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    nginx = await startNginx(
      port,
      `http { ${NGINX_HTTP}
        map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
        server {
          listen 127.0.0.1:${port} ssl http2;
          ssl_certificate ${file('nginx.crt', leaf.cert)};
          ssl_certificate_key ${file('nginx.key', leaf.key)};
          location / {
            proxy_pass ${bench.server().httpUrl?.replace('localhost', '127.0.0.1')};
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_buffering off;
          }
        }
      }`,
    );
    admin = createPerson(url, company.cert);
    await admin.call('auth.login', { body: { username: 'admin', password: PASSWORD } });
    const { id } = await admin.call('environments.create', {
      body: { name: `cas ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    environmentId = id;
    const { id: userId } = await admin.call('auth.me');
    await admin.call('grants.create', {
      body: { userId, role: 'view', environmentIds: [id] },
    });
  });
  after(async () => {
    await admin?.call('environments.delete', { params: { id: environmentId } });
    await admin?.close();
    await nginx?.stop();
    await bench?.close();
  });

  /** A test that needs nginx, with a kubeconfig that was downloaded through it. */
  const through = (name: string, check: (bench: Bench) => Promise<void>) =>
    it(name, async (t) => {
      if (!hasProgram(t, 'nginx')) return;
      assert.ok(bench);
      await check(bench);
    });
  async function download(here: Bench): Promise<string> {
    const path = await here.save(
      await admin.call('kubeconfigs.create', { body: { environmentIds: [environmentId] } }),
    );
    const [{ cluster }] = parse(readFileSync(path, 'utf8')).clusters;
    assert.equal(new URL(cluster.server).origin, url);
    return path;
  }
  const give = (...cas: Issued[]) =>
    admin.call('settings.update', {
      body: { kubeconfigTrust: 'given', kubeconfigCas: cas.map(({ cert }) => cert).join('') },
    });
  const works = async (here: Bench, file: string) => {
    const { code, stdout, stderr } = await here.kubectl(file, 'get', 'configmaps', '-o', 'name');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /configmap\/kube-root-ca\.crt/);
  };
  const fails = async (here: Bench, file: string) => {
    const { code, stderr } = await here.kubectl(file, 'get', 'configmaps');
    assert.equal(code, 1);
    assert.match(stderr, /x509: certificate signed by unknown authority/);
  };

  through('a file with Sallyport’s own CA does not work', async (here) => {
    await fails(here, await download(here));
  });

  through('Sallyport says beforehand whether what people meet verifies', async () => {
    const good = await admin.call('settings.tryCas', { body: { pem: company.cert } });
    assert.deepEqual([good.url, good.outcome], [url, 'verified']);
    assert.match(good.message, /signed by CN=Company CA/);
    const bad = await admin.call('settings.tryCas', { body: { pem: stranger.cert } });
    assert.equal(bad.outcome, 'refused');
    assert.match(bad.message, /is not signed by the CA given/);
  });

  through('kubectl works with a file that embeds the CA that was given', async (here) => {
    await give(company);
    const file = await download(here);
    const [{ cluster }] = parse(readFileSync(file, 'utf8')).clusters;
    const embedded = Buffer.from(cluster['certificate-authority-data'], 'base64').toString();
    assert.equal(embedded, company.cert);
    await works(here, file);
    const whoami = await here.kubectl(file, 'auth', 'whoami');
    assert.match(whoami.stdout, /sallyport:admin/);
  });

  through('with another CA it does not; with both, as in a rotation, it does', async (here) => {
    await give(company);
    const earlier = await download(here);
    await give(stranger);
    await fails(here, await download(here));
    await give(stranger, company);
    await works(here, await download(here));
    await admin.call('settings.update', { body: { kubeconfigTrust: 'auto' } });
    await works(here, earlier);
  });

  through('a key that was pasted with them is kept nowhere', async (here) => {
    const kubeconfigCas = company.cert + company.key;
    const body = { kubeconfigTrust: 'given', kubeconfigCas } as const;
    await assert.rejects(admin.call('settings.update', { body }), /private key among them/);
    for (const route of ['settings.readCas', 'settings.tryCas'] as const)
      await assert.rejects(admin.call(route, { body: { pem: kubeconfigCas } }), /private key/);
    const { kubeconfigCas: kept } = await admin.call('settings.get');
    assert.equal(kept, stranger.cert + company.cert);
    const secret = company.key.split('\n')[1] ?? '';
    const { items } = await admin.call('audit.list', { query: { q: 'settings' } });
    const refused = items.filter(({ status }) => status === 422);
    assert.deepEqual(
      refused.map(({ details }) => details?.kubeconfigCas ?? details?.pem),
      ['[hidden]', '[hidden]'],
    );
    assert.ok(!JSON.stringify(items).includes(secret));
    assert.ok(!here.server().log().includes(secret));
    assert.doesNotMatch(here.server().log(), /PRIVATE KEY/);
  });

  through('the audit log tells which CAs were chosen, and what was tried', async () => {
    const { items } = await admin.call('audit.list', { query: { verb: 'update', q: 'settings' } });
    const chosen = items.find(({ details }) => String(details?.kubeconfigCas).includes('Another'));
    assert.match(String(chosen?.details?.kubeconfigCas), /CN=Company CA \(SHA-256 [0-9A-F:]{95}\)/);
    assert.equal(chosen?.username, 'admin');
    const tried = await admin.call('audit.list', { query: { verb: 'tryCas' } });
    assert.deepEqual(
      tried.items.filter(({ status }) => status === 200).map(({ details }) => details?.outcome),
      ['refused', 'verified'],
    );
  });
});
