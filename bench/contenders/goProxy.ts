import { json } from '../children.ts';
import type { Contender } from './contender.ts';

/** Go's `httputil.ReverseProxy` with HTTP/1.1 to the upstream. */
export const goProxy = createGoProxy('go', 'Go ReverseProxy', []);

/** The same with HTTP/2 to the upstream. */
export const goProxyHttp2 = createGoProxy('go-h2', 'Go ReverseProxy, h2 upstream', ['-http2']);

function createGoProxy(name: string, title: string, flags: readonly string[]): Contender {
  return {
    name,
    title,
    needs: ['go'],
    async start({ children, machine, upstream, certificates, programs }, offer) {
      const { ca, cert, key } = certificates;
      const address = `https://127.0.0.1:${upstream.port(offer)}`;
      const child = children.start(
        `${programs}/reverseproxy`,
        ['-cert', cert, '-key', key, '-ca', ca, '-upstream', address, ...flags],
        { cpu: machine.pins?.proxy, env: machine.pins === undefined ? {} : { GOMAXPROCS: '1' } },
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
}
