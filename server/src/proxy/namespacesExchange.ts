/**
 * A list or watch of namespaces by somebody whose grants are for namespaces. The person asks first:
 * who may see all of them sees all of them. Only where the cluster refuses that is the question put
 * again, about the namespaces of the person's grants (`ownNamespaces.ts`).
 */
import { fail, type SallyportError } from '../errors.ts';
import type { Client } from './client.ts';
import type { Passage } from './dependencies.ts';
import { Exchange, type Services } from './exchange.ts';
import { type Admitted, whenKnown } from './gate.ts';
import { HeldAnswer } from './heldAnswer.ts';
import { ownNamespacesHead, ownNamespacesPath } from './ownNamespaces.ts';
import type { ResponseHead } from './upstream/head.ts';

export class NamespacesExchange extends Exchange {
  readonly #names: readonly string[];
  /** The cluster's answer to the person, kept until there is a better one. */
  #refusal: HeldAnswer | undefined;
  /** The question is Sallyport's own now. */
  #own = false;

  constructor(
    admitted: Admitted,
    client: Client,
    services: Services,
    namespaces: readonly string[],
  ) {
    super(admitted, client, services);
    this.#names = namespaces;
  }

  override head(): string {
    if (!this.#own) return super.head();
    const { incoming, target, headers, passage } = this.admitted;
    return ownNamespacesHead({
      path: ownNamespacesPath(target.rest, this.#names),
      headers,
      target: passage.target,
      requestId: incoming.requestId,
      address: incoming.connection.address,
    });
  }

  override onHead(head: ResponseHead): void {
    if (head.status !== 403) {
      this.#refusal = undefined;
      super.onHead(head);
    } else if (!this.#own) this.#refusal = new HeldAnswer(head);
    else {
      // Sallyport may not either. What the cluster said to the person is the answer to the person.
      this.connection?.destroy();
      this.#relay();
      super.onComplete([]);
    }
  }

  override onBody(chunk: Buffer): void {
    const refusal = this.#refusal;
    if (refusal === undefined) {
      super.onBody(chunk);
      return;
    }
    if (!refusal.push(chunk)) this.#relay();
  }

  override onComplete(trailers: readonly string[]): void {
    if (this.#refusal === undefined || this.over) {
      super.onComplete(trailers);
      return;
    }
    // It is free for somebody else, who must not lose it should this client go now.
    this.connection = undefined;
    this.#askWhether();
  }

  /** Tells whether what it shows would be something else now. */
  outdatedBy(now: Passage): SallyportError | undefined {
    const { environmentName } = now.target;
    // Once the cluster has answered the person, its answer does not depend on names.
    if (!this.#own && this.status !== 0) return undefined;
    return sameNames(this.#names, now.namespaces)
      ? undefined
      : fail('proxy.namespaces_changed', { environment: environmentName });
  }

  #askWhether(): void {
    const { deps } = this.services;
    const { environmentId } = this.admitted.target;
    const known = deps.labelsNamespaces?.(environmentId) ?? false;
    whenKnown(
      known,
      (labelled) => {
        if (this.over) return;
        if (labelled) this.#askAgain();
        else this.#giveRefusal();
      },
      () => this.#giveRefusal(),
    );
  }

  #askAgain(): void {
    this.#own = true;
    this.acquire(false);
  }

  #giveRefusal(): void {
    if (this.over) return;
    this.#relay();
    super.onComplete([]);
  }

  /** Hands on the head and what there is of the body. */
  #relay(): void {
    const refusal = this.#refusal;
    if (refusal === undefined) return;
    this.#refusal = undefined;
    super.onHead(refusal.head);
    for (const chunk of refusal.chunks) super.onBody(chunk);
  }
}

function sameNames(a: readonly string[], b: readonly string[] | null): boolean {
  return b !== null && a.length === b.length && a.every((name, index) => name === b[index]);
}
