import { fileURLToPath } from 'node:url';
import { json } from '../children.ts';
import type { Contender } from './contender.ts';

const PROGRAM = fileURLToPath(new URL('../node/undiciProxy.ts', import.meta.url));

/** What Node's best-kept HTTP client would make of it. */
export const undici: Contender = {
  name: 'undici',
  title: 'node:https and undici',
  needs: [],
  async start({ children, machine, upstream, certificates }, offer) {
    const { ca, cert, key } = certificates;
    const address = `https://127.0.0.1:${upstream.port(offer)}`;
    const child = children.start(
      process.execPath,
      [PROGRAM, '--cert', cert, '--key', key, '--ca', ca, '--upstream', address],
      { cpu: machine.pins?.proxy },
    );
    const { port } = await child.line(json<{ port: number }>);
    return {
      pid: child.pid,
      url: (path) => `https://127.0.0.1:${port}${path}`,
      ca,
      tokens: [],
      stop: child.stop,
    };
  },
};
