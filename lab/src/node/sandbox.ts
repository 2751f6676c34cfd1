import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../binaries/command.ts';
import type { Child, Children } from '../children.ts';
import { identify, signal } from '../process.ts';
import type { PodTools } from './preflight.ts';

/** A sandbox's folders on the machine; `lib` is /var/lib inside, `log` is /var/log. */
export function sandboxFolders(folder: string) {
  return { lib: join(folder, 'lib'), log: join(folder, 'log'), lab: join(folder, 'lib', 'lab') };
}

/** Where `sandboxFolders().lab` is inside. */
export const INSIDE_LAB = '/var/lib/lab';
/** Where the programs given to the sandbox are inside. */
export const INSIDE_BIN = '/run/lab/bin';

/**
 * What the kubelet wants the kernel to be set to (its ContainerManager's setupKernelTunables). These
 * settings are the whole machine's, so instead of being changed they are shown to it as if they were.
 */
const TUNABLES: Record<string, string> = {
  'vm/overcommit_memory': '1',
  'vm/panic_on_oom': '0',
  'kernel/panic': '10',
  'kernel/panic_on_oops': '1',
  'kernel/keys/root_maxkeys': '1000000',
  'kernel/keys/root_maxbytes': '25000000',
};

/**
 * The first process of the sandbox. What is bound here is seen inside only; relative paths, because
 * the folder itself may be below one that gets hidden. Then it waits for ever, and with that reaps
 * what containers leave.
 */
const INIT = `set -eu
cd "$1"
for program in "$2"; do
  : > "bin/\${program##*/}"
  mount --bind "$program" "bin/\${program##*/}"
done
for name in ${Object.keys(TUNABLES).join(' ')}; do
  mount --bind "sys/$name" "/proc/sys/$name"
done
mount -t tmpfs -o mode=0755 tmpfs /run
mkdir -p ${INSIDE_BIN}
mount --rbind bin ${INSIDE_BIN}
mount --bind lib /var/lib
mount --bind log /var/log
: > ready
while :; do sleep 86400 & wait "$!"; done`;

/**
 * Namespaces of a lab's own for network, mounts and processes. The kernel ends all that runs in the
 * process namespace when its first process ends, and that one is bound to the supervisor's life; the
 * mounts, the network and the veth pair go with the last process. So nothing needs to be cleared
 * after a crash. Outside it is reached by a veth pair, 10.200.N.1 and 10.200.N.2, N free.
 */
export class Sandbox {
  /** The address inside. */
  readonly address: string;
  readonly #tools: PodTools;
  readonly #link: string;
  readonly #holder: Child;
  /** Before a command line: runs it in the sandbox's network. */
  readonly enterNetwork: string[];
  /** Before a command line: runs it in all of the sandbox's namespaces. */
  readonly enter: string[];

  private constructor(tools: PodTools, holder: Child, link: string, address: string) {
    this.#tools = tools;
    this.#holder = holder;
    this.#link = link;
    this.address = address;
    const spaces = `/proc/${holder.identity.pid}/ns`;
    // nsenter and not `ip netns exec`, which mounts /sys anew: the kubelet then finds no cgroups.
    this.enterNetwork = [tools.nsenter, `--net=${spaces}/net`, '--'];
    this.enter = [
      tools.nsenter,
      `--net=${spaces}/net`,
      `--mount=${spaces}/mnt`,
      `--pid=${spaces}/pid_for_children`,
      '--',
    ];
  }

  /**
   * Makes the namespaces and the veth pair.
   * @param folder of the sandbox's files; made here
   * @param program one that shall be seen in INSIDE_BIN
   */
  static async open(
    tools: PodTools,
    children: Children,
    folder: string,
    program: string,
  ): Promise<Sandbox> {
    for (const path of Object.values(sandboxFolders(folder))) mkdirSync(path, { recursive: true });
    for (const path of ['bin', 'sys/vm', 'sys/kernel/keys']) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    for (const [name, value] of Object.entries(TUNABLES)) {
      writeFileSync(join(folder, 'sys', name), `${value}\n`);
    }
    const holder = children.start('sandbox', [
      ...[tools.unshare, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['/bin/sh', '-c', INIT, 'sandbox', folder, program],
    ]);
    while (!existsSync(join(folder, 'ready'))) {
      if (holder.hasEnded()) {
        throw new Error(
          `the sandbox ended (${await holder.ended}): ${children.logTail('sandbox')}`,
        );
      }
      await sleep(20);
    }
    const { link, outside, inside } = await addLink(tools, holder.identity.pid);
    const sandbox = new Sandbox(tools, holder, link, inside);
    try {
      await run(tools.ip, ['address', 'add', `${outside}/30`, 'dev', link]);
      await run(tools.ip, ['link', 'set', link, 'up']);
      await sandbox.#ip('address', 'add', `${inside}/30`, 'dev', 'eth0');
      await sandbox.#ip('link', 'set', 'eth0', 'up');
      await sandbox.#ip('link', 'set', 'lo', 'up');
    } catch (error) {
      await sandbox.close();
      throw error;
    }
    return sandbox;
  }

  /** Ends everything in the sandbox and waits until it is gone. */
  async close(): Promise<void> {
    const { pid } = this.#holder.identity;
    const first = firstChild(pid);
    const identity = first === undefined ? undefined : identify(first);
    // Its first process is reaped only after all others; then `unshare`, which waits for it, ends.
    if (identity) signal(identity, 'SIGKILL');
    else this.#holder.kill('SIGKILL');
    await this.#holder.ended;
    // It would go with the namespace, but a moment later.
    await run(this.#tools.ip, ['link', 'delete', this.#link]).catch(() => {});
  }

  async #ip(...args: string[]): Promise<void> {
    const [program = '', ...rest] = [...this.enterNetwork, this.#tools.ip, ...args];
    await run(program, rest);
  }
}

/**
 * Adds a veth pair with its other end in the namespace. Its name holds N: that two labs cannot both
 * make a link of one name is what keeps their addresses apart.
 */
async function addLink(
  tools: PodTools,
  pid: number,
): Promise<{ link: string; outside: string; inside: string }> {
  for (let n = 0; n < 256; n += 1) {
    const link = `sallylab${n}`;
    if ((await run(tools.ip, ['-o', 'address'])).includes(` 10.200.${n}.`)) continue;
    try {
      const pair = ['type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)];
      await run(tools.ip, ['link', 'add', link, ...pair]);
      return { link, outside: `10.200.${n}.1`, inside: `10.200.${n}.2` };
    } catch (error) {
      if (!/File exists/.test((error as Error).message)) throw error;
    }
  }
  throw new Error('all of the networks 10.200.0.0 to 10.200.255.0 are taken');
}

function firstChild(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return Number(text.trim().split(' ')[0]) || undefined;
  } catch {
    return undefined;
  }
}
