import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../binaries/command.ts';
import { platform } from '../binaries/source.ts';
import type { Children } from '../children.ts';
import { busyboxImages, PAUSE_IMAGE } from './image.ts';
import type { PodTools } from './preflight.ts';
import { INSIDE_LAB, type Sandbox } from './sandbox.ts';

/** The runtime's socket, inside the sandbox. */
export const RUNTIME_SOCKET = '/run/containerd/containerd.sock';

const READY_MS = 60_000;

/**
 * Starts the sandbox's container runtime and gives it the two images.
 * @param lab the folder that is INSIDE_LAB in the sandbox
 */
export async function startContainerd(
  tools: PodTools,
  children: Children,
  sandbox: Sandbox,
  lab: string,
): Promise<void> {
  mkdirSync(join(lab, 'cni'), { recursive: true });
  writeFileSync(join(lab, 'cni', '10-lab.conflist'), JSON.stringify(NETWORK));
  writeFileSync(join(lab, 'containerd.toml'), config(tools));
  const child = children.start(
    'containerd',
    [tools.containerd, '--config', `${INSIDE_LAB}/containerd.toml`],
    sandbox.enter,
  );
  const applets = (await run(tools.busybox, ['--list'])).split('\n').filter(Boolean);
  const images = busyboxImages(readFileSync(tools.busybox), applets, platform().arch);
  writeFileSync(join(lab, 'images.tar'), images);
  const end = Date.now() + READY_MS;
  for (;;) {
    try {
      await importImages(tools, sandbox, `${INSIDE_LAB}/images.tar`);
      return;
    } catch (error) {
      if (child.hasEnded()) {
        throw new Error(
          `containerd ended (${await child.ended}): ${children.logTail('containerd')}`,
        );
      }
      if (Date.now() > end) throw error;
      await sleep(100);
    }
  }
}

/**
 * Gives the runtime the images of an OCI archive, where the kubelet finds them.
 * @param archive its path in the sandbox
 */
export async function importImages(
  tools: PodTools,
  sandbox: Sandbox,
  archive: string,
): Promise<void> {
  const [program = '', ...args] = [
    ...[...sandbox.enter, tools.ctr, '--address', RUNTIME_SOCKET, '--namespace', 'k8s.io'],
    ...['images', 'import', archive],
  ];
  await run(program, args);
}

/** One bridge in the sandbox's own network; pods reach each other and the API server, no more. */
const NETWORK = {
  cniVersion: '0.4.0',
  name: 'lab',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: '10.201.0.0/16' }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
};

function config(tools: PodTools): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
  address = "${RUNTIME_SOCKET}"

[${cri}]
  sandbox_image = "${PAUSE_IMAGE}"
  # Without CAP_SYS_RESOURCE the kernel refuses to lower a score, and every pod would fail.
  restrict_oom_score_adj = true

[${cri}.cni]
  bin_dir = "${tools.cni}"
  conf_dir = "${INSIDE_LAB}/cni"

[${cri}.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
  BinaryName = "${tools.runc}"
  SystemdCgroup = false
`;
}
