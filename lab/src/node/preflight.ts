import { existsSync } from 'node:fs';
import { isProgram, run, which } from '../binaries/command.ts';

/** The programs of the system that a lab with pods uses. */
export interface PodTools {
  containerd: string;
  ctr: string;
  runc: string;
  shim: string;
  busybox: string;
  ip: string;
  nsenter: string;
  unshare: string;
  /** The folder of the CNI plugins. */
  cni: string;
}

/** The Debian package of each program. */
const PACKAGES: Record<Exclude<keyof PodTools, 'cni'>, [program: string, debian: string]> = {
  containerd: ['containerd', 'containerd'],
  ctr: ['ctr', 'containerd'],
  shim: ['containerd-shim-runc-v2', 'containerd'],
  runc: ['runc', 'runc'],
  busybox: ['busybox', 'busybox-static'],
  ip: ['ip', 'iproute2'],
  nsenter: ['nsenter', 'util-linux'],
  unshare: ['unshare', 'util-linux'],
};

const CNI_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
const CNI_PLUGINS = ['bridge', 'host-local', 'loopback'];
const SYSTEM = ['/usr/sbin', '/usr/bin', '/sbin', '/bin', '/usr/local/sbin', '/usr/local/bin'];

/**
 * Looks whether pods can run here.
 * @param folders that are searched after PATH: an administrator's are not in every PATH
 * @returns the programs for it, or in one sentence why not, naming Debian packages that are missing
 */
export async function findPodTools(
  env: NodeJS.ProcessEnv,
  folders: { programs: string[]; cni: string[] } = { programs: SYSTEM, cni: CNI_FOLDERS },
): Promise<PodTools | string> {
  if (process.platform !== 'linux') return `pods need Linux, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'pods need root, for network namespaces and cgroups';
  const tools: Partial<PodTools> = {};
  const missing = new Map<string, string[]>();
  const lacks = (program: string, debian: string): void => {
    missing.set(debian, [...(missing.get(debian) ?? []), program]);
  };
  for (const [key, [program, debian]] of Object.entries(PACKAGES)) {
    const path = which(program, env, folders.programs);
    if (path) tools[key as keyof typeof PACKAGES] = path;
    else lacks(program, debian);
  }
  tools.cni = folders.cni.find((folder) =>
    CNI_PLUGINS.every((plugin) => isProgram(`${folder}/${plugin}`)),
  );
  if (!tools.cni)
    lacks('the CNI plugins bridge, host-local and loopback', 'containernetworking-plugins');
  if (missing.size > 0) {
    const list = [...missing].map(([debian, programs]) => `${programs.join(', ')} (${debian})`);
    return `pods need programs that are not installed (Debian package): ${list.join(', ')}`;
  }
  const found = tools as PodTools;
  if (!existsSync('/sys/fs/cgroup')) return 'pods need cgroups, and /sys/fs/cgroup is not there';
  try {
    await run(found.unshare, ['--net', '--mount', '--pid', '--uts', '--fork', 'true']);
  } catch (error) {
    return `pods need namespaces of their own, which is refused: ${(error as Error).message}`;
  }
  if (!(await isStatic(found.busybox))) {
    return `pods need a static busybox, and ${found.busybox} is not (Debian: busybox-static)`;
  }
  return found;
}

/** Whether the busybox holds what the image needs and runs without any library. */
async function isStatic(busybox: string): Promise<boolean> {
  try {
    const applets = (await run(busybox, ['--list'])).split('\n');
    if (!['sh', 'tar', 'sleep', 'httpd'].every((applet) => applets.includes(applet))) return false;
    // ldd's own test: the dynamic loader refuses to list what a static program needs.
    return await run('ldd', [busybox]).then(
      () => false,
      () => true,
    );
  } catch {
    return false;
  }
}
