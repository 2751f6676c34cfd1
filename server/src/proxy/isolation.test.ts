/** A cluster that is down, or worse, costs those who ask it, and nobody who asks another. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { ask, dial, type House, startHouse, TOKEN, testTarget, until } from './testing.ts';

/** More than one kubeconfig may have open at once: what is too much is refused, and takes no place. */
const MANY = 300;

describe('an API server that is not there', () => {
  let house: House;
  /** Takes connections and never says a word on them. */
  let silent: Server;
  const sockets = new Set<Socket>();
  before(async () => {
    silent = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
    });
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    house = await startHouse({
      enter: (_, environmentId) => {
        if (environmentId === 1) return house.passage;
        const port = environmentId === 2 ? 1 : (silent.address() as AddressInfo).port;
        return {
          ...house.passage,
          target: testTarget(house.upstream, {
            ...{ environmentId, port, generation: String(environmentId) },
            environmentName: environmentId === 2 ? 'gone' : 'silent',
          }),
        };
      },
    });
  });
  after(async () => {
    for (const socket of sockets) socket.destroy();
    await house.close();
    silent.close();
  });

  /** A connection, on which a request to an environment can be sent without waiting for its answer. */
  async function ready(environmentId: number) {
    const socket = await dial(house);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('error', () => {});
    const send = () => {
      socket.write(
        `GET /api/endpoints/${environmentId}/kubernetes/api HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
      );
    };
    return { socket, send, text: () => text };
  }

  it('is said to be down by its name, with 503, and others are answered meanwhile', async () => {
    for (let i = 0; i < 20; i++) {
      const down = await ready(2);
      down.send();
      assert.equal((await ask(house, '/api')).status, 200);
      await until(() => down.text().includes('"kind":"Status"'), 'the answer');
      assert.match(down.text(), /^HTTP\/1\.1 503 .*environment gone cannot be reached/s);
      down.socket.destroy();
    }
  });

  it('and takes connections without a word keeps none but its own callers waiting', async () => {
    const waiting = await Promise.all(Array.from({ length: MANY }, () => ready(3)));
    // All of them within the time that the proxy waits for a handshake.
    for (const { send } of waiting) send();
    const refused = () => waiting.filter(({ text }) => text() !== '');
    await until(() => refused().length === MANY - 200, 'the refusals');
    for (const { text } of refused()) {
      assert.match(text(), /^HTTP\/1\.1 429 .*retry-after: 1/is);
    }
    const other = house.caller;
    house.caller = { ...other, kubeconfigId: 8 };
    for (let i = 0; i < 20; i++) assert.equal((await ask(house, '/api')).status, 200);
    house.caller = other;
    for (const { socket } of waiting) socket.destroy();
  });
});
