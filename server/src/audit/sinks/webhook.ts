import { type Delivery, Undeliverable } from './sink.ts';

export interface WebhookOptions {
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token: string | undefined;
}

const BATCH = 400;
const TIMEOUT_MS = 10_000;
/** What a server says that would take the same events at another time. */
const PASSING: ReadonlySet<number> = new Set([401, 403, 404, 408, 425, 429]);

/**
 * Posts events as `audit.k8s.io/v1` EventLists, as kube-apiserver's webhook backend does. Whatever
 * may pass is tried again; a request that the other side calls wrong is not.
 */
export function createWebhookDelivery({ url, token }: WebhookOptions): Delivery {
  return {
    name: 'webhook',
    batch: BATCH,
    async send(records, signal) {
      const items = records.map(({ event }) => event).join(',');
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${items}]}`,
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      if (response.ok) return;
      const problem = `the webhook answered ${response.status}`;
      const passing = response.status >= 500 || PASSING.has(response.status);
      throw passing ? new Error(problem) : new Undeliverable(problem);
    },
  };
}
