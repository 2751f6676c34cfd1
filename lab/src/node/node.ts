import { randomUUID } from 'node:crypto';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiAccess, callApi } from '../api.ts';
import type { Child, Children } from '../children.ts';
import { NODE_NAME } from '../controlplane.ts';
import type { Spec } from '../spec.ts';
import { files } from '../state.ts';
import { makeCgroups } from './cgroups.ts';
import { importImages, startContainerd } from './containerd.ts';
import { startKubelet } from './kubelet.ts';
import { INSIDE_LAB, Sandbox, sandboxFolders } from './sandbox.ts';

const READY_MS = 120_000;

/** The part of a lab that runs pods: a sandbox with a container runtime and a kubelet. */
export class NodeParts {
  readonly #spec: Spec;
  readonly #children: Children;
  #sandbox: Sandbox | undefined;
  #containerd: Promise<void> | undefined;

  constructor(spec: Spec, children: Children) {
    this.#spec = spec;
    this.#children = children;
  }

  /** The address of the API server and the node. */
  get address(): string {
    return this.#opened().address;
  }

  /** Before a command line: runs it in the node's network. */
  get enter(): string[] {
    return this.#opened().enterNetwork;
  }

  /** Makes the sandbox and starts the container runtime in it, without waiting for that one. */
  async open(): Promise<void> {
    const { pods, paths, state } = this.#spec;
    if (!pods || !paths.kubelet || !state.cgroup) throw new Error('this lab is without pods');
    const folder = files(state.folder).node;
    makeCgroups(state.cgroup);
    this.#sandbox = await Sandbox.open(pods, this.#children, folder, paths.kubelet);
    const { lab } = sandboxFolders(folder);
    this.#containerd = startContainerd(pods, this.#children, this.#sandbox, lab);
    // It is awaited in ready(); until then an early failure is not to count as unhandled.
    this.#containerd.catch(() => {});
  }

  /** Starts the kubelet and waits until the node is ready and pods can be made. */
  async ready(access: ApiAccess): Promise<void> {
    const { paths, state, release } = this.#spec;
    await this.#containerd;
    const kubelet = startKubelet(this.#children, this.#opened(), {
      release,
      program: paths.kubelet ?? '',
      pki: files(state.folder).pki,
      lab: sandboxFolders(files(state.folder).node).lab,
      cgroup: state.cgroup ?? '',
    });
    const end = Date.now() + READY_MS;
    const account = '/api/v1/namespaces/default/serviceaccounts/default';
    while (!(await isReady(access)) || (await callApi(access, 'GET', account)).status !== 200) {
      await this.#check(kubelet, Date.now() > end);
      await sleep(100);
    }
  }

  /** Gives the node the images of an OCI archive. */
  async importImages(archive: string): Promise<void> {
    const { pods, state } = this.#spec;
    if (!pods) throw new Error('this lab is without pods');
    const name = `import-${randomUUID()}.tar`;
    // The folders of the sandbox are not those of the machine; this one is in both.
    const copy = join(sandboxFolders(files(state.folder).node).lab, name);
    copyFileSync(archive, copy);
    try {
      await importImages(pods, this.#opened(), `${INSIDE_LAB}/${name}`);
    } finally {
      rmSync(copy);
    }
  }

  /** Ends everything in the sandbox. */
  async close(): Promise<void> {
    await this.#sandbox?.close();
  }

  async #check(kubelet: Child, late: boolean): Promise<void> {
    if (kubelet.hasEnded()) {
      throw new Error(
        `kubelet ended (${await kubelet.ended}): ${this.#children.logTail('kubelet')}`,
      );
    }
    if (late) throw new Error(`the node is not ready: ${this.#children.logTail('kubelet')}`);
  }

  #opened(): Sandbox {
    if (!this.#sandbox) throw new Error('the sandbox is not open');
    return this.#sandbox;
  }
}

async function isReady(access: ApiAccess): Promise<boolean> {
  const { body } = await callApi(access, 'GET', `/api/v1/nodes/${NODE_NAME}`);
  const { status } = (body ?? {}) as { status?: { conditions?: Condition[] } };
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True';
}

interface Condition {
  type: string;
  status: string;
}
