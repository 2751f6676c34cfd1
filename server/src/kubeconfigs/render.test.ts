import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { buildKubeconfig, type KubeconfigContent, toYaml } from './render.ts';

const content: KubeconfigContent = {
  username: 'dana',
  token: 'the-token',
  publicUrl: 'https://gate.example:9443',
  environments: [
    { id: 4, name: 'production' },
    { id: 2, name: 'Test cluster' },
  ],
  trust: { kind: 'embedded', caPem: 'PEM' },
};

describe('a rendered kubeconfig', () => {
  it('has one cluster and one context for each environment, and one user', () => {
    assert.deepEqual(parse(toYaml(buildKubeconfig(content))), {
      apiVersion: 'v1',
      kind: 'Config',
      preferences: {},
      'current-context': 'sallyport-ctx-production',
      clusters: [
        {
          name: 'sallyport-cluster-production',
          cluster: {
            server: 'https://gate.example:9443/api/endpoints/4/kubernetes',
            'certificate-authority-data': 'UEVN',
          },
        },
        {
          name: 'sallyport-cluster-Test-cluster-2',
          cluster: {
            server: 'https://gate.example:9443/api/endpoints/2/kubernetes',
            'certificate-authority-data': 'UEVN',
          },
        },
      ],
      contexts: [
        {
          name: 'sallyport-ctx-production',
          context: { cluster: 'sallyport-cluster-production', user: 'sallyport-dana' },
        },
        {
          name: 'sallyport-ctx-Test-cluster-2',
          context: { cluster: 'sallyport-cluster-Test-cluster-2', user: 'sallyport-dana' },
        },
      ],
      users: [{ name: 'sallyport-dana', user: { token: 'the-token' } }],
    });
  });

  it('makes the chosen environment the current context', () => {
    const file = buildKubeconfig({ ...content, currentEnvironmentId: 2 });
    assert.equal(file['current-context'], 'sallyport-ctx-Test-cluster-2');
  });

  it('embeds no CA where the certificate is publicly trusted', () => {
    const [first] = buildKubeconfig({ ...content, trust: { kind: 'system' } }).clusters;
    assert.deepEqual(Object.keys(first?.cluster ?? {}), ['server']);
  });

  it('switches verification off only where an admin chose so', () => {
    const [first] = buildKubeconfig({ ...content, trust: { kind: 'insecure' } }).clusters;
    assert.equal(first?.cluster['insecure-skip-tls-verify'], true);
    assert.equal(first?.cluster['certificate-authority-data'], undefined);
  });

  it('reads numbers-like user names back as text', () => {
    const file = parse(toYaml(buildKubeconfig({ ...content, username: '1e3', token: '123' })));
    assert.equal(file.users[0].name, 'sallyport-1e3');
    assert.equal(file.users[0].user.token, '123');
  });
});
