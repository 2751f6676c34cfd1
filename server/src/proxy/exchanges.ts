import type { Client } from './client.ts';
import { Exchange, type Services } from './exchange.ts';
import type { Admitted } from './gate.ts';
import { asksForReview } from './namespaceReview.ts';
import { NamespacesExchange } from './namespacesExchange.ts';
import { asksForNamespaces } from './ownNamespaces.ts';
import { ReviewExchange } from './reviewExchange.ts';

/** Makes the exchange that a request needs. */
export function createExchange(admitted: Admitted, client: Client, services: Services): Exchange {
  const { passage, incoming, info } = admitted;
  const { namespaces } = passage;
  if (namespaces !== null) {
    if (asksForNamespaces(incoming.method, info)) {
      return new NamespacesExchange(admitted, client, services, namespaces);
    }
    if (asksForReview(incoming.method, info)) {
      return new ReviewExchange(admitted, client, services, namespaces);
    }
  }
  return new Exchange(admitted, client, services);
}
