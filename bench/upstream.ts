import type { Certificates } from './certificates.ts';
import { type Child, type Children, json } from './children.ts';

/** Paths that the upstream answers. */
export const PATHS = {
  object: '/api/v1/namespaces/bench/configmaps/small',
  watch: '/api/v1/namespaces/watch/pods?watch=1',
  splice: '/api/v1/namespaces/bench/pods/splice/portforward',
  list: (megabytes: number) => `/api/v1/namespaces/list-${megabytes}/pods`,
} as const;

/** Which protocols the upstream offers: as an API server does, or HTTP/1.1 alone. */
export type Offer = 'http2' | 'http1';

export interface Stats {
  /** Objects and lists served to their end. */
  readonly requests: number;
  /** Bytes of lists and of upgraded connections. */
  readonly bytes: number;
  readonly http1Watches: number;
  readonly http2Watches: number;
}

/** The stand-in for an API server, see bench/go/upstream. */
export interface Upstream {
  port(offer: Offer): number;
  stats(): Promise<Stats>;
  /** Gives each watch an event every so many milliseconds; 0: none. */
  pace(ms: number): Promise<void>;
}

/** @param folder of the compiled Go programs */
export async function startUpstream(
  children: Children,
  folder: string,
  { cert, key }: Certificates,
): Promise<Upstream> {
  const child: Child = children.start(`${folder}/upstream`, ['-cert', cert, '-key', key], {
    env: { GOMAXPROCS: '1' },
  });
  const ports = await child.line(json<{ port: number; http1Port: number; controlPort: number }>);
  const control = `http://127.0.0.1:${ports.controlPort}`;
  return {
    port: (offer) => (offer === 'http2' ? ports.port : ports.http1Port),
    stats: async () => (await (await fetch(`${control}/stats`)).json()) as Stats,
    pace: async (ms) => {
      const response = await fetch(`${control}/pace?ms=${ms}`, { method: 'POST' });
      if (!response.ok) throw new Error(`the upstream refused the pace: ${await response.text()}`);
    },
  };
}
