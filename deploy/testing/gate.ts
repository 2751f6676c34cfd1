import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '@sallyport/lab';
import { run } from '../../lab/src/binaries/command.ts';
import { createPerson, type Person } from '../../scripts/rest.ts';
import { CHART, flagsOf, type Values } from './chart.ts';
import { makeImage } from './image.ts';

const IMAGE = { 'image.repository': 'docker.io/local/sallyport', 'image.tag': 'test' };

/** How long a pod may take to be ready, on a machine that is busy. */
const PATIENCE = ['--wait', '--timeout', '120s'];

/** Sallyport in a lab, installed by Helm as the release `gate` in a namespace that is there. */
export class Gate {
  /** For what the test keeps; it goes with the gate. */
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-gate-'));
  readonly #lab: Lab;
  readonly #helm: string;
  readonly #namespace: string;
  readonly #people: Person[] = [];
  readonly #forwards: ChildProcess[] = [];
  readonly #volumes: string[] = [];

  constructor(lab: Lab, helm: string, namespace: string) {
    this.#lab = lab;
    this.#helm = helm;
    this.#namespace = namespace;
  }

  /** Makes the image and gives it to the lab's node. */
  async loadImage(): Promise<void> {
    const archive = join(this.folder, 'image.tar');
    await makeImage(Object.values(IMAGE).join(':'), archive);
    await this.#lab.importImages(archive);
    rmSync(archive);
  }

  /** Offers a folder of this machine to claims of a StorageClass of that name: the lab has no provisioner. */
  async offerVolume(name: string, path: string): Promise<void> {
    const key = 'kubernetes.io/hostname';
    const onlyThere = [{ matchExpressions: [{ key, operator: 'In', values: ['lab-node'] }] }];
    const answer = await this.#lab.call('POST', '/api/v1/persistentvolumes', {
      metadata: { name },
      spec: {
        capacity: { storage: '5Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: name,
        local: { path },
        nodeAffinity: { required: { nodeSelectorTerms: onlyThere } },
      },
    });
    assert.equal(answer.status, 201);
    this.#volumes.push(name);
  }

  install(values: Values): Promise<string> {
    return this.#run(['install', 'gate', CHART, ...PATIENCE, ...flagsOf({ ...IMAGE, ...values })]);
  }

  /** Does not wait for the pods. */
  upgrade(values: Values): Promise<string> {
    return this.#run(['upgrade', 'gate', CHART, ...flagsOf({ ...IMAGE, ...values })]);
  }

  /** Uninstalls it and waits until its pods are gone. */
  async uninstall(): Promise<void> {
    await this.#run(['uninstall', 'gate', '--wait']);
    await this.kubectl('wait', '--for=delete', 'pod', '--all', '--timeout=60s');
  }

  #run(args: readonly string[]): Promise<string> {
    return run(this.#helm, [
      ...[...args, '--namespace', this.#namespace],
      ...['--kubeconfig', this.#lab.adminKubeconfigPath],
    ]);
  }

  /** kubectl as the cluster's admin, past Sallyport. */
  kubectl(...args: string[]): Promise<string> {
    return run(this.#lab.kubectl ?? 'kubectl', [...this.#asAdmin(), ...args]);
  }

  #asAdmin(): string[] {
    return ['--kubeconfig', this.#lab.adminKubeconfigPath, '--namespace', this.#namespace];
  }

  /** What a pod has written since it started; nothing where it has not. */
  log(pod: string): Promise<string> {
    return this.kubectl('logs', pod).catch(() => '');
  }

  /** The token of the link for the set-up. */
  async setupToken(pod: string): Promise<string> {
    let token: string | undefined;
    // The first process is ready a moment before all are and the link is written.
    await until(async () => {
      token = /^Set up: https:\S+#token=(\S+)$/m.exec(await this.log(pod))?.[1];
      return token !== undefined;
    });
    return token ?? '';
  }

  /**
   * Waits until a pod is ready, and forwards a port of this machine to it.
   *
   * @param port 0: any
   * @returns the port
   */
  async reach(pod: string, port = 0): Promise<number> {
    const path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}';
    // Not `kubectl wait`: the pod may be one that is about to be replaced by another of its name.
    await until(async () => {
      const ready = await this.kubectl('get', 'pod', pod, '-o', path).catch(() => '');
      return ready === 'True';
    });
    const forward = spawn(this.#lab.kubectl ?? 'kubectl', [
      ...[...this.#asAdmin(), 'port-forward', '--address', '127.0.0.1', `pod/${pod}`],
      `${port || ''}:9443`,
    ]);
    this.#forwards.push(forward);
    const [line] = (await once(forward.stdout, 'data')) as [Buffer];
    return Number(/127\.0\.0\.1:(\d+)/.exec(line.toString())?.[1]);
  }

  /** Ends all that {@link reach} has begun. */
  async leave(): Promise<void> {
    for (const forward of this.#forwards.splice(0)) {
      if (forward.exitCode !== null || forward.signalCode !== null) continue;
      forward.kill('SIGKILL');
      await once(forward, 'exit');
    }
  }

  /** Somebody with a browser of their own who is not signed in. */
  person(port: number, ca: string): Person {
    const person = createPerson(`https://127.0.0.1:${port}`, ca);
    this.#people.push(person);
    return person;
  }

  /** Deletes a pod and waits until it has ended. @returns with which exit code Sallyport ended */
  async deletePod(pod: string): Promise<number> {
    // So that what became of it can be read before it is gone.
    const keep = JSON.stringify({ metadata: { finalizers: ['sallyport.test/read'] } });
    await this.kubectl('patch', 'pod', pod, '-p', keep);
    await this.kubectl('delete', 'pod', pod, '--wait=false');
    const path = 'jsonpath={.status.containerStatuses[0].state.terminated.exitCode}';
    let ended = '';
    await until(async () => {
      ended = await this.kubectl('get', 'pod', pod, '-o', path);
      return ended !== '';
    });
    const drop = JSON.stringify([{ op: 'remove', path: '/metadata/finalizers' }]);
    await this.kubectl('patch', 'pod', pod, '--type=json', '-p', drop);
    return Number(ended);
  }

  /** Removes all that it made but the namespace. */
  async close(): Promise<void> {
    await Promise.all(this.#people.map((person) => person.close()));
    await this.leave();
    await this.uninstall().catch(() => {});
    for (const name of this.#volumes)
      await this.#lab.call('DELETE', `/api/v1/persistentvolumes/${name}`);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @throws Error where it has not come about in two minutes */
export async function until(check: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`never came about: ${check}`);
    await sleep(200);
  }
}
