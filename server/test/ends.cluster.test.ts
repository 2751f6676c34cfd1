/**
 * Whatever takes access away ends what is open, through the real program and a real cluster: watches
 * and logs over one connection, and an upgraded one. How long each took is told as a diagnostic.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { request } from 'node:https';
import type { Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { hasPart } from '../../lab/src/index.ts';
import { eventually } from '../src/store/testing.ts';
import { type Bench, startBench } from './bench.ts';

const run = randomBytes(3).toString('hex');
const NAMESPACE = `ends-${run}`;
const POD = `/api/v1/namespaces/${NAMESPACE}/pods/sleeper`;

/** Something that is open, and what has come of it. */
interface Open {
  readonly text: () => string;
  readonly over: () => boolean;
}

/** Somebody with access, and what it takes to have it no more. */
interface Access {
  readonly userId: number;
  readonly grantId: number;
  readonly environmentId: number;
  readonly kubeconfigId: number;
  readonly token: string;
}

describe('what is open', () => {
  let bench: Bench;
  let people = 0;
  /** Milliseconds: how long it took at the most until somebody new had all open. */
  let slowest = 0;
  before(async () => {
    bench = await startBench({ serverArgs: ['--shutdown-grace', '1s'] });
    await bench.namespace(NAMESPACE);
    if (!bench.lab.pods) return;
    const { status } = await bench.lab.call('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, {
      metadata: { name: 'sleeper' },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: 'main',
            image: 'docker.io/local/busybox:1',
            imagePullPolicy: 'IfNotPresent',
            command: ['sh', '-c', 'echo begun; sleep 3600'],
          },
        ],
      },
    });
    assert.equal(status, 201);
    await eventually(async () => {
      const { body } = await bench.lab.call('GET', POD);
      return (body as { status?: { phase?: string } }).status?.phase === 'Running';
    });
  });
  after(() => bench?.close());

  async function someone(expiresIn?: string): Promise<Access> {
    const name = `ends-${++people}`;
    const environment = await bench.admin.call('environments.create', {
      body: { name: `${name} ${run}`, kubeconfig: bench.lab.adminKubeconfig },
    });
    const { id: userId, person } = await bench.join(name);
    const grant = await bench.admin.call('grants.create', {
      body: { userId, environmentIds: [environment.id], role: 'admin' },
    });
    const wanted = { environmentIds: [environment.id], ...(expiresIn ? { expiresIn } : {}) };
    const file = await (await person.call('kubeconfigs.create', { body: wanted })).text();
    const [entry] = (await person.call('kubeconfigs.list', { query: {} })).items;
    return {
      ...{ userId, grantId: grant.id, environmentId: environment.id },
      kubeconfigId: entry?.id ?? 0,
      token: parse(file).users[0].user.token,
    };
  }

  /** Opens a request, as an upgrade where a protocol is named. */
  async function open(access: Access, path: string, upgrade?: string): Promise<Open> {
    const { url, ca } = bench.server();
    const { port } = new URL(url);
    let text = '';
    let over = false;
    const listen = (stream: NodeJS.ReadableStream) => {
      stream.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
      });
      stream.on('error', () => {});
      stream.on('close', () => {
        over = true;
      });
      stream.resume();
    };
    const sent = request({
      ...{ host: '127.0.0.1', port, ca, agent: false },
      method: upgrade === 'SPDY/3.1' ? 'POST' : 'GET',
      path: `/api/endpoints/${access.environmentId}/kubernetes${path}`,
      headers: {
        authorization: `Bearer ${access.token}`,
        ...(upgrade === undefined
          ? {}
          : {
              connection: 'Upgrade',
              upgrade,
              'sec-websocket-version': '13',
              'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
              'sec-websocket-protocol': 'v5.channel.k8s.io, v4.channel.k8s.io',
              'x-stream-protocol-version': 'portforward.k8s.io',
            }),
      },
    });
    sent.on('error', () => {});
    const begun = new Promise<void>((resolve, reject) => {
      sent.once('response', (response) => {
        listen(response);
        if (response.statusCode === 200) resolve();
        else response.once('end', () => reject(new Error(`${response.statusCode} ${text}`)));
      });
      sent.once('upgrade', (_response, socket: Socket, head) => {
        socket.unshift(head);
        listen(socket);
        resolve();
      });
      sent.once('error', reject);
    });
    sent.end();
    await begun;
    return { text: () => text, over: () => over };
  }

  /** One of each kind that can be had here. */
  async function openAll(t: TestContext, access: Access): Promise<Open[]> {
    const watch = await open(
      access,
      `/api/v1/namespaces/${NAMESPACE}/configmaps?watch=1&fieldSelector=metadata.name=none`,
    );
    const { pods, podsReason } = bench.lab;
    if (!hasPart(t, 'pods', pods ? undefined : (podsReason ?? 'no pods run here'))) return [watch];
    const log = await open(access, `${POD}/log?follow=true`);
    await eventually(() => log.text() === 'begun\n');
    const command = '/exec?command=sleep&command=3600&stdout=true&stderr=true';
    const exec = await open(access, `${POD}${command}`, 'websocket');
    const forward = await open(access, `${POD}/portforward`, 'SPDY/3.1');
    return [watch, log, exec, forward];
  }

  for (const [why, words, end, expires] of [
    [
      'the kubeconfig is revoked',
      /This kubeconfig was revoked at/,
      ({ kubeconfigId: id }: Access) => bench.admin.call('kubeconfigs.revoke', { params: { id } }),
    ],
    [
      'the user is disabled',
      /disabled/,
      ({ userId: id }: Access) =>
        bench.admin.call('users.update', { params: { id }, body: { disabled: true } }),
    ],
    [
      'the grant is taken away',
      /No grant lets ends-\d+ enter/,
      ({ grantId: id }: Access) => bench.admin.call('grants.delete', { params: { id } }),
    ],
    [
      'the environment is removed',
      /environment/,
      ({ environmentId: id }: Access) =>
        bench.admin.call('environments.delete', { params: { id } }),
    ],
    ['the kubeconfig expires', /This kubeconfig expired at/, async () => {}, true],
  ] as const) {
    it(`ends when ${why}, and a watch says so`, async (t) => {
      const made = performance.now();
      // So long that all is open by then, as long as that has taken on this machine.
      const seconds = 3 + Math.ceil((4 * slowest) / 1_000);
      const access = await someone(expires ? `${seconds}s` : undefined);
      const all = await openAll(t, access);
      slowest = Math.max(slowest, performance.now() - made);
      const [watch] = all;
      for (const one of all) assert.equal(one.over(), false);
      const began = performance.now();
      await end(access);
      await eventually(() => all.every(({ over }) => over()));
      if (!expires) {
        const ms = Math.round(performance.now() - began);
        t.diagnostic(`${all.length} ended ${ms} ms after that was asked for`);
      }
      const { type, object } = JSON.parse(watch?.text().trim().split('\n').at(-1) ?? '');
      assert.equal(type, 'ERROR');
      assert.equal(object.kind, 'Status');
      assert.match(object.message, words);
    });
  }

  it('ends when the gateway stops, once there was time for it to end by itself', async (t) => {
    const access = await someone();
    const all = await openAll(t, access);
    const stopped = bench.server().kill('SIGTERM');
    await eventually(() => all.every(({ over }) => over()));
    assert.equal(await stopped, 0);
    assert.doesNotMatch(all[0]?.text() ?? '', /ERROR/);
  });
});
