import { copyFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import type { Child, Children } from '../children.ts';
import { NODE_NAME } from '../controlplane.ts';
import type { ReleaseName } from '../pins.ts';
import { RUNTIME_SOCKET } from './containerd.ts';
import { INSIDE_BIN, INSIDE_LAB, type Sandbox } from './sandbox.ts';

/** What a kubelet is started with. */
export interface KubeletOptions {
  release: ReleaseName;
  /** The program outside; the sandbox was opened with it. */
  program: string;
  /** The folder of the lab's keys, and the one that is INSIDE_LAB in the sandbox. */
  pki: string;
  lab: string;
  /** The cgroup for pods, made before. */
  cgroup: string;
}

/** Starts the kubelet in the sandbox. The node registers itself when the API server answers. */
export function startKubelet(children: Children, sandbox: Sandbox, options: KubeletOptions): Child {
  for (const name of ['ca.crt', 'kubelet.crt', 'kubelet.key', 'kubelet.kubeconfig']) {
    copyFileSync(join(options.pki, name), join(options.lab, name));
  }
  writeFileSync(join(options.lab, 'resolv.conf'), '');
  const config = join(options.lab, 'kubelet.yaml');
  writeFileSync(config, stringify(configuration(sandbox.address, options)));
  const old = options.release === '1.20';
  const runtime = [
    '--container-runtime=remote',
    `--container-runtime-endpoint=unix://${RUNTIME_SOCKET}`,
  ];
  return children.start(
    'kubelet',
    [
      `${INSIDE_BIN}/${basename(options.program)}`,
      `--config=${INSIDE_LAB}/kubelet.yaml`,
      `--kubeconfig=${INSIDE_LAB}/kubelet.kubeconfig`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${sandbox.address}`,
      ...(old ? runtime : []),
    ],
    sandbox.enter,
  );
}

function configuration(address: string, options: KubeletOptions): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address,
    tlsCertFile: `${INSIDE_LAB}/kubelet.crt`,
    tlsPrivateKeyFile: `${INSIDE_LAB}/kubelet.key`,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: `${INSIDE_LAB}/ca.crt` },
    },
    authorization: { mode: 'Webhook' },
    readOnlyPort: 0,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${options.cgroup}`,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // The machine's disk and memory are not the lab's to judge.
    evictionHard: {
      'memory.available': '0%',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    // The images cannot be had again.
    imageGCHighThresholdPercent: 100,
    makeIPTablesUtilChains: false,
    // sandbox.ts shows it the values that it wants.
    protectKernelDefaults: true,
    // Lowering it takes CAP_SYS_RESOURCE.
    oomScoreAdj: 0,
    resolvConf: `${INSIDE_LAB}/resolv.conf`,
    ...(options.release === '1.20'
      ? {}
      : { containerRuntimeEndpoint: `unix://${RUNTIME_SOCKET}`, failCgroupV1: false }),
  };
}
