import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { type KeyPair, newAuthority, newLeaf } from '../../../lab/src/pki.ts';
import { SallyportError } from '../errors.ts';
import { readKubeconfig } from './kubeconfigFile.ts';

const DAY = 86_400_000;
const base64 = (text: string) => Buffer.from(text).toString('base64');

let authority: KeyPair;
let client: KeyPair;

before(async () => {
  authority = await newAuthority('test');
  client = await newLeaf(authority, { commonName: 'sallyport', usage: ['client'] });
});

type Fields = Record<string, unknown>;

/** A kubeconfig with one context, changed as a test wants it. */
function config({
  cluster = {},
  user,
  root = {},
}: {
  cluster?: Fields;
  user?: Fields;
  root?: Fields;
}) {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: 'https://k.example:6443',
          'certificate-authority-data': base64(authority.cert),
          ...cluster,
        },
      },
    ],
    users: [{ name: 'u', user: user ?? { token: 'secret' } }],
    contexts: [{ name: 'ctx', context: { cluster: 'c', user: 'u', namespace: 'x' } }],
    'current-context': 'ctx',
    preferences: {},
    ...root,
  });
}

function refused(text: string, why: RegExp, how?: RegExp, context?: string): void {
  assert.throws(
    () => readKubeconfig(text, context),
    (error: unknown) => {
      assert.ok(error instanceof SallyportError, String(error));
      assert.equal(error.code, 'environment.kubeconfig_invalid');
      assert.match(error.message, why);
      assert.match(error.remedy ?? '', how ?? /./);
      return true;
    },
  );
}

describe('what a kubeconfig gives', () => {
  it('is its server, CA and token', () => {
    assert.deepEqual(readKubeconfig(config({})), {
      server: 'https://k.example:6443',
      ca: `${authority.cert.trim()}\n`,
      tlsServerName: null,
      credential: { token: 'secret' },
    });
  });

  it('is its client certificate and key, also beside a token', () => {
    const user = {
      'client-certificate-data': base64(client.cert),
      'client-key-data': base64(client.key),
      token: 'idle',
    };
    const { credential } = readKubeconfig(config({ user }));
    assert.ok('cert' in credential);
    assert.match(credential.cert, /BEGIN CERTIFICATE/);
    assert.match(credential.key, /BEGIN PRIVATE KEY/);
  });

  it('may be JSON, without a CA, with a path prefix and a TLS server name', () => {
    const text = JSON.stringify({
      kind: 'Config',
      clusters: [
        {
          name: 'c',
          cluster: {
            server: 'https://rancher.example/k8s/clusters/c-1/',
            'tls-server-name': 'kube',
          },
        },
      ],
      users: [{ name: 'u', user: { token: 't' } }],
      contexts: [{ name: 'only', context: { cluster: 'c', user: 'u' } }],
    });
    assert.deepEqual(readKubeconfig(text), {
      server: 'https://rancher.example/k8s/clusters/c-1',
      ca: null,
      tlsServerName: 'kube',
      credential: { token: 't' },
    });
  });

  it('is of the context that is named, else of the current one', () => {
    const root = {
      users: [
        { name: 'u', user: { token: 'one' } },
        { name: 'v', user: { token: 'two' } },
      ],
      contexts: [
        { name: 'a', context: { cluster: 'c', user: 'u' } },
        { name: 'b', context: { cluster: 'c', user: 'v' } },
      ],
      'current-context': 'b',
    };
    assert.deepEqual(readKubeconfig(config({ root })).credential, { token: 'two' });
    assert.deepEqual(readKubeconfig(config({ root }), 'a').credential, { token: 'one' });
    refused(
      config({ root: { ...root, 'current-context': '' } }),
      /several contexts and none is current/,
      /Those there are: "a", "b"/,
    );
    refused(config({ root }), /no context "z"/, /Those there are: "a", "b"/, 'z');
  });
});

describe('what is no kubeconfig', () => {
  it('is told from YAML that is broken, with line and column', () => {
    refused('kind: Config\nclusters: [', /no valid YAML: see line 2, column 1\d/);
    refused('a: 1\n---\nb: 2', /more than one YAML document/);
  });

  it('is told by what it is instead', () => {
    refused('', /no YAML mapping/);
    refused('just a sentence', /no YAML mapping/);
    refused('kind: Secret\napiVersion: v1', /its kind is "Secret"/);
    refused('a: 1', /it has no kind/);
    refused('kind: Config\napiVersion: v2', /not of apiVersion v1/);
    refused('kind: Config\nclusters: 5', /"clusters" of the kubeconfig is no list/);
    refused('kind: Config\nclusters: [5]', /Entry 1 of "clusters" has no name/);
    refused('kind: Config', /has no contexts/);
  });

  it('does not exhaust the machine', () => {
    refused(`kind: Config\n#${'x'.repeat(1_000_000)}`, /larger than 1 MB/);
    refused('['.repeat(5_000), /nested deeper/);
    refused('- '.repeat(5_000), /nested deeper/);
    const bomb = [...'bcdefghi'].map((key, index) => {
      const before = 'abcdefgh'[index];
      return `${key}: &${key} [${Array(9).fill(`*${before}`).join(',')}]`;
    });
    refused(`a: &a [1]\n${bomb.join('\n')}`, /no YAML that a kubeconfig would be/);
  });
});

describe('a kubeconfig that cannot be used', () => {
  const withUser = (user: Fields) => config({ user });
  const withCluster = (cluster: Fields) => config({ cluster });

  it('has names that lead nowhere, or twice', () => {
    const context = (fields: Fields) => ({ contexts: [{ name: 'ctx', context: fields }] });
    refused(config({ root: context({ user: 'u' }) }), /Context "ctx" names no cluster/);
    refused(
      config({ root: context({ cluster: 'x', user: 'u' }) }),
      /the cluster "x", which the file/,
    );
    refused(config({ root: context({ cluster: 'c', user: 'x' }) }), /the user "x", which the file/);
    const twice = [
      { name: 'u', user: {} },
      { name: 'u', user: { token: 't' } },
    ];
    refused(config({ root: { users: twice } }), /"users" names "u" twice/);
  });

  it('starts a program', () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: ['eks'] };
    refused(
      withUser({ exec }),
      /^The file starts a program \("aws"\) to get a credential\. Sallyport runs no programs\.$/,
      /kubectl -n kube-system create token .*service-account-token/,
    );
    refused(withUser({ exec: {}, token: 't' }), /starts a program to get/);
    refused(withUser({ 'auth-provider': { name: 'gcp' } }), /auth-provider/, /token/);
  });

  it('points to files of another machine', () => {
    const how = /kubectl config view --raw --flatten/;
    refused(
      withUser({ 'client-certificate': '/a.crt', 'client-key': '/a.key' }),
      /its client-cert/,
      how,
    );
    refused(
      withUser({ 'client-certificate-data': base64(client.cert), 'client-key': '/a.key' }),
      /its client-key as a file/,
      how,
    );
    refused(
      withCluster({ 'certificate-authority-data': '', 'certificate-authority': 'ca.crt' }),
      /its certificate-authority as a file/,
      how,
    );
    refused(withUser({ tokenFile: '/var/run/token' }), /tokenFile/);
  });

  it('has no credential, half a one, or one of a kind that is gone', () => {
    refused(withUser({}), /neither a token nor a client certificate/, /create token/);
    refused(withUser({ token: ' ' }), /token is empty/);
    refused(withUser({ token: 'two words' }), /spaces, line breaks/);
    refused(withUser({ 'client-certificate-data': base64(client.cert) }), /without its key/);
    refused(withUser({ 'client-key-data': base64(client.key) }), /key without its certificate/);
    refused(withUser({ username: 'a', password: 'b' }), /user name and password/);
    refused(withUser({ token: 't', as: 'admin' }), /acts as somebody else/);
    refused(withUser({ token: ['t'] }), /"token" in the kubeconfig is no text/);
  });

  it('would not verify TLS, or go another way', () => {
    refused(
      withCluster({ 'insecure-skip-tls-verify': true }),
      /insecure-skip-tls-verify: true\. Sallyport always verifies TLS/,
      /certificate-authority-data/,
    );
    refused(withCluster({ 'proxy-url': 'http://proxy:3128' }), /proxy-url/);
    refused(withCluster({ server: 'http://k.example' }), /begins with http:\/\//);
    refused(withCluster({ server: 'k.example:6443' }), /no https:\/\/ URL/);
    refused(withCluster({ server: `https://k/${'/'.repeat(900_000)}x` }), /longer than 2000 char/);
    refused(withCluster({ server: 'https://a:b@k.example' }), /user name or password/);
    refused(withCluster({ server: 'https://k.example/?a=b' }), /query or a fragment/);
    refused(withCluster({ server: 'https://k.example/#a' }), /query or a fragment/);
    refused(withCluster({ server: 'https://k.example/a%2fb' }), /path of the server URL/);
    refused(withCluster({ server: '' }), /no server URL/);
    refused(withCluster({ 'tls-server-name': 'a b' }), /TLS server name is no host name/);
  });

  it('has certificates that are none', () => {
    refused(
      withCluster({ 'certificate-authority-data': '***' }),
      /The CA is neither PEM nor base64/,
    );
    refused(withCluster({ 'certificate-authority-data': base64('hello') }), /no PEM certificate/);
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    refused(withCluster({ 'certificate-authority-data': base64(broken) }), /cannot be read/);
    const cert = base64(client.cert);
    const pair = (key: string) =>
      withUser({ 'client-certificate-data': cert, 'client-key-data': key });
    refused(pair(base64('hello')), /no PEM private key/);
    refused(pair(base64(authority.key)), /does not belong to the client certificate/);
    const encrypted =
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n';
    refused(pair(base64(encrypted)), /encrypted with a passphrase/);
  });

  it('has certificates that are not valid now, and says until or from when', async () => {
    const dated = async (notBefore: number, notAfter: number) => {
      const leaf = await newLeaf(authority, {
        commonName: 'sallyport',
        usage: ['client'],
        notBefore: new Date(notBefore),
        notAfter: new Date(notAfter),
      });
      return withUser({
        'client-certificate-data': base64(leaf.cert),
        'client-key-data': base64(leaf.key),
      });
    };
    const now = Date.now();
    refused(await dated(now - 2 * DAY, now - DAY), /client certificate expired at \d{4}-\S+Z\.$/);
    refused(await dated(now + DAY, now + 2 * DAY), /not valid before \d{4}-\S+Z\.$/, /clock/);
    assert.throws(() => readKubeconfig(config({}), undefined, now + 3 * 365 * DAY), {
      message: /^The CA certificate expired at \d{4}-\S+Z\.$/,
    });
  });

  it('never fails but by saying so', () => {
    const attempt = (text: string, context?: string) => {
      try {
        readKubeconfig(text, context);
      } catch (error) {
        assert.ok(error instanceof SallyportError, `${error}`);
        assert.ok(error.message.length < 1_000);
      }
    };
    const key = fc.constantFrom(
      ...[
        'kind',
        'apiVersion',
        'clusters',
        'users',
        'contexts',
        'current-context',
        'name',
        'cluster',
      ],
      ...['user', 'context', 'server', 'token', 'exec', '__proto__', 'constructor', 'toString'],
    );
    const word = fc.oneof(fc.constantFrom('Config', 'v1', 'c', 'https://k', ''), fc.string());
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'medium', withCrossShrink: true },
        word,
        fc.integer(),
        fc.constant(null),
        fc.boolean(),
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 6 }),
      ),
    }));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => attempt(text)));
    fc.assert(fc.property(tree, word, (value, context) => attempt(stringify(value), context)));
    const patch = fc.dictionary(key, tree, { maxKeys: 3 });
    fc.assert(
      fc.property(patch, patch, patch, (cluster, user, root) =>
        attempt(config({ cluster, user: { token: 't', ...user }, root })),
      ),
    );
  });
});
