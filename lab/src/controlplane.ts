import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { renderKubeconfig } from './kubeconfig.ts';
import type { ReleaseName } from './pins.ts';
import { type KeyPair, newAuthority, newLeaf, newTokenKeys } from './pki.ts';
import { files } from './state.ts';

/** Where the parts of a control plane listen. */
export interface Endpoints {
  /** The address on which the API server is reached, and which it advertises. */
  address: string;
  apiPort: number;
  etcdPort: number;
  etcdPeerPort: number;
}

/** A program with its arguments. */
export interface CommandLine {
  role: string;
  program: 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kube-scheduler';
  args: string[];
}

/** The lab's certificate authority and its administrator, as files and in memory. */
export interface Identity {
  authority: KeyPair;
  admin: KeyPair;
  server: string;
}

/** The name of the lab's one node. */
export const NODE_NAME = 'lab-node';

/** As whom the API server asks the API servers that are aggregated. */
const AGGREGATOR = 'front-proxy-client';

const SERVICE_RANGE = '10.96.0.0/16';
const SERVICE_ADDRESS = '10.96.0.1';

/**
 * Makes all keys, certificates and kubeconfigs of a lab in its folder (readable by its user only).
 * etcd has an authority of its own, so that no cluster credential opens it.
 */
export async function writeIdentity(folder: string, at: Endpoints): Promise<Identity> {
  const { pki, kubeconfig } = files(folder);
  mkdirSync(pki, { recursive: true, mode: 0o700 });
  const write = (name: string, pair: KeyPair): void => {
    writeFileSync(join(pki, `${name}.crt`), pair.cert);
    writeFileSync(join(pki, `${name}.key`), pair.key, { mode: 0o600 });
  };
  const authority = await newAuthority('sallyport-lab');
  const etcdAuthority = await newAuthority('sallyport-lab-etcd');
  write('ca', authority);
  write('etcd-ca', etcdAuthority);
  write(
    'apiserver',
    await newLeaf(authority, {
      commonName: 'kube-apiserver',
      usage: ['server'],
      dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
      ipAddresses: [...new Set(['127.0.0.1', at.address, SERVICE_ADDRESS])],
    }),
  );
  write(
    'etcd',
    await newLeaf(etcdAuthority, {
      commonName: 'etcd',
      usage: ['server', 'client'],
      ipAddresses: ['127.0.0.1'],
    }),
  );
  write(
    'kubelet-client',
    await newLeaf(authority, {
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usage: ['client'],
    }),
  );
  write(
    'kubelet',
    await newLeaf(authority, {
      commonName: `system:node:${NODE_NAME}`,
      organizations: ['system:nodes'],
      usage: ['server', 'client'],
      dnsNames: [NODE_NAME],
      ipAddresses: [at.address],
    }),
  );
  // Not the cluster's: whom it vouches for may say to be anybody.
  const aggregatorAuthority = await newAuthority('sallyport-lab-aggregator');
  write('aggregator-ca', aggregatorAuthority);
  write(
    'aggregator',
    await newLeaf(aggregatorAuthority, { commonName: AGGREGATOR, usage: ['client'] }),
  );
  const tokens = newTokenKeys();
  writeFileSync(join(pki, 'sa.pub'), tokens.publicKey);
  writeFileSync(join(pki, 'sa.key'), tokens.privateKey, { mode: 0o600 });

  const server = `https://${at.address}:${at.apiPort}`;
  const client = async (name: string, commonName: string, organizations: string[]) => {
    const pair = await newLeaf(authority, { commonName, organizations, usage: ['client'] });
    const path = name === 'admin' ? kubeconfig : join(pki, `${name}.kubeconfig`);
    writeFileSync(path, renderKubeconfig(`lab-${name}`, server, authority.cert, pair), {
      mode: 0o600,
    });
    return pair;
  };
  const admin = await client('admin', 'lab-admin', ['system:masters']);
  await client('controller-manager', 'system:kube-controller-manager', []);
  await client('scheduler', 'system:kube-scheduler', []);
  await client('kubelet', `system:node:${NODE_NAME}`, ['system:nodes']);
  return { authority, admin, server };
}

/** etcd, on loopback, opened by its own certificates only. */
export function etcd(folder: string, at: Endpoints): CommandLine {
  const { etcd: data, pki } = files(folder);
  const client = `https://127.0.0.1:${at.etcdPort}`;
  const peer = `https://127.0.0.1:${at.etcdPeerPort}`;
  return {
    role: 'etcd',
    program: 'etcd',
    args: flags({
      name: 'lab',
      'data-dir': data,
      'listen-client-urls': client,
      'advertise-client-urls': client,
      'listen-peer-urls': peer,
      'initial-advertise-peer-urls': peer,
      'initial-cluster': `lab=${peer}`,
      'client-cert-auth': 'true',
      'trusted-ca-file': join(pki, 'etcd-ca.crt'),
      'cert-file': join(pki, 'etcd.crt'),
      'key-file': join(pki, 'etcd.key'),
      'peer-client-cert-auth': 'true',
      'peer-trusted-ca-file': join(pki, 'etcd-ca.crt'),
      'peer-cert-file': join(pki, 'etcd.crt'),
      'peer-key-file': join(pki, 'etcd.key'),
      logger: 'zap',
      'log-level': 'warn',
    }),
  };
}

/**
 * The API server: RBAC, audit log of every request at level Metadata, anonymous requests only for
 * its health where the version can tell them apart (AuthenticationConfiguration). It can ask other API
 * servers (aggregation), whose clients it vouches for by a certificate of an authority of its own.
 *
 * @param more flags besides, or in place of these
 */
export function apiServer(
  folder: string,
  at: Endpoints,
  version: ReleaseName,
  more: Readonly<Record<string, string>> = {},
): CommandLine {
  const { audit, pki } = files(folder);
  const policy = join(folder, 'audit-policy.yaml');
  writeFileSync(
    policy,
    stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata' }],
    }),
  );
  const old = version === '1.20';
  if (!old) writeFileSync(join(folder, 'authentication.yaml'), stringify(ANONYMOUS_HEALTH));
  return {
    role: 'kube-apiserver',
    program: 'kube-apiserver',
    args: flags({
      'bind-address': at.address,
      'advertise-address': at.address,
      'secure-port': String(at.apiPort),
      ...(old ? { 'insecure-port': '0' } : {}),
      'etcd-servers': `https://127.0.0.1:${at.etcdPort}`,
      'etcd-cafile': join(pki, 'etcd-ca.crt'),
      'etcd-certfile': join(pki, 'etcd.crt'),
      'etcd-keyfile': join(pki, 'etcd.key'),
      'tls-cert-file': join(pki, 'apiserver.crt'),
      'tls-private-key-file': join(pki, 'apiserver.key'),
      'client-ca-file': join(pki, 'ca.crt'),
      ...(old
        ? { 'anonymous-auth': 'false' }
        : { 'authentication-config': join(folder, 'authentication.yaml') }),
      'authorization-mode': 'Node,RBAC',
      'allow-privileged': 'true',
      'service-cluster-ip-range': SERVICE_RANGE,
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': join(pki, 'sa.pub'),
      'service-account-signing-key-file': join(pki, 'sa.key'),
      'kubelet-certificate-authority': join(pki, 'ca.crt'),
      'kubelet-client-certificate': join(pki, 'kubelet-client.crt'),
      'kubelet-client-key': join(pki, 'kubelet-client.key'),
      'kubelet-preferred-address-types': 'InternalIP',
      'audit-policy-file': policy,
      'audit-log-path': audit,
      'audit-log-format': 'json',
      // There is no kube-proxy, so no Service address leads anywhere; endpoints do.
      'enable-aggregator-routing': 'true',
      'requestheader-client-ca-file': join(pki, 'aggregator-ca.crt'),
      'requestheader-allowed-names': AGGREGATOR,
      'requestheader-username-headers': 'X-Remote-User',
      'requestheader-group-headers': 'X-Remote-Group',
      'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
      'proxy-client-cert-file': join(pki, 'aggregator.crt'),
      'proxy-client-key-file': join(pki, 'aggregator.key'),
      profiling: 'false',
      ...more,
    }),
  };
}

/** The controllers: default ServiceAccounts, Deployments, garbage collection, namespace deletion. */
export function controllerManager(folder: string, version: ReleaseName): CommandLine {
  const { pki } = files(folder);
  const kubeconfig = join(pki, 'controller-manager.kubeconfig');
  return {
    role: 'kube-controller-manager',
    program: 'kube-controller-manager',
    args: flags({
      kubeconfig,
      ...withoutPorts(version),
      'leader-elect': 'false',
      'service-account-private-key-file': join(pki, 'sa.key'),
      'root-ca-file': join(pki, 'ca.crt'),
      'cluster-signing-cert-file': join(pki, 'ca.crt'),
      'cluster-signing-key-file': join(pki, 'ca.key'),
      'use-service-account-credentials': 'true',
      // Each controller fetches a token of its own at the start; at the default of 20 a second the
      // first default ServiceAccount comes 4 s late.
      'kube-api-qps': '500',
      'kube-api-burst': '1000',
      profiling: 'false',
    }),
  };
}

/** The scheduler. */
export function scheduler(folder: string, version: ReleaseName): CommandLine {
  const kubeconfig = join(files(folder).pki, 'scheduler.kubeconfig');
  return {
    role: 'kube-scheduler',
    program: 'kube-scheduler',
    args: flags({
      kubeconfig,
      ...withoutPorts(version),
      'leader-elect': 'false',
      profiling: 'false',
    }),
  };
}

const ANONYMOUS_HEALTH = {
  apiVersion: 'apiserver.config.k8s.io/v1beta1',
  kind: 'AuthenticationConfiguration',
  anonymous: {
    enabled: true,
    conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }],
  },
};

/** Nothing asks controllers or scheduler anything, so they serve nothing; 0 switches that off. */
function withoutPorts(version: ReleaseName): Record<string, string> {
  return version === '1.20' ? { port: '0', 'secure-port': '0' } : { 'secure-port': '0' };
}

function flags(values: Record<string, string>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
