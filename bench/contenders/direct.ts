import type { Contender } from './contender.ts';

/** No proxy: what every other contender's latency is compared with. */
export const direct: Contender = {
  name: 'direct',
  title: 'direct',
  needs: [],
  start: async ({ upstream, certificates }, offer) => ({
    pid: undefined,
    url: (path) => `https://127.0.0.1:${upstream.port(offer)}${path}`,
    ca: certificates.ca,
    tokens: [],
    stop: async () => {},
  }),
};
