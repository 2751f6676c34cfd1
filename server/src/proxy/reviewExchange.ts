/**
 * A review of what the caller may do, asked by somebody whose grants are for namespaces. It goes to
 * the cluster and comes back as always, except for one answer (`namespaceReview.ts`).
 */
import type { Client } from './client.ts';
import { Exchange, type Services } from './exchange.ts';
import { type Admitted, whenKnown } from './gate.ts';
import { HeldAnswer, MAX_HELD } from './heldAnswer.ts';
import { meansOwnList, readRefused } from './namespaceReview.ts';
import type { ResponseHead } from './upstream/head.ts';

export class ReviewExchange extends Exchange {
  readonly #names: readonly string[];
  #held: HeldAnswer | undefined;
  /** The question has gone out to its end. */
  #asked = false;

  /** @param namespaces those of the caller's grants */
  constructor(
    admitted: Admitted,
    client: Client,
    services: Services,
    namespaces: readonly string[],
  ) {
    super(admitted, client, services);
    this.#names = namespaces;
  }

  override onBodySent(): void {
    this.#asked = true;
    super.onBodySent();
  }

  override onHead(head: ResponseHead): void {
    if (this.#asked && mayBeRefusal(head)) this.#held = new HeldAnswer(head);
    else super.onHead(head);
  }

  override onBody(chunk: Buffer, done?: () => void): void {
    if (this.#held === undefined) super.onBody(chunk, done);
    else if (!this.#held.push(chunk)) this.#relay();
  }

  override onPause(): void {
    if (this.#held === undefined) super.onPause();
  }

  override onComplete(trailers: readonly string[]): void {
    const held = this.#held;
    if (held === undefined || this.over) {
      super.onComplete(trailers);
      return;
    }
    const type = mediaType(held.head) ?? '';
    const refused =
      trailers.length === 0 ? readRefused(type, Buffer.concat(held.chunks)) : undefined;
    if (refused === undefined || !meansOwnList(refused, this.#names)) {
      this.#relay();
      super.onComplete(trailers);
      return;
    }
    // It is free for somebody else, who must not lose it should this client go now.
    this.connection = undefined;
    const { deps } = this.services;
    const shown = deps.showsNamespaces?.(this.admitted.target.environmentId) ?? false;
    const give = (body: Buffer | undefined): void => {
      if (this.over) return;
      this.#relay(body);
      super.onComplete([]);
    };
    whenKnown(
      shown,
      (yes) => give(yes ? refused.allow() : undefined),
      () => give(undefined),
    );
  }

  /** Hands on the head, and what there is of the body or another one. */
  #relay(body?: Buffer): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    if (body === undefined) {
      super.onHead(held.head);
      for (const chunk of held.chunks) super.onBody(chunk);
      return;
    }
    const { length } = body;
    super.onHead({ ...held.head, framing: { kind: 'length', length }, contentLength: length });
    super.onBody(body);
  }
}

/** Whether an answer is worth to be read. */
function mayBeRefusal(head: ResponseHead): boolean {
  return (
    head.status === 201 &&
    (head.contentLength ?? 0) <= MAX_HELD &&
    mediaType(head) !== undefined &&
    fieldOf(head, 'content-encoding') === undefined
  );
}

/** Without parameters, in lower case; undefined where there is none, or several. */
function mediaType(head: ResponseHead): string | undefined {
  return fieldOf(head, 'content-type')?.split(';')[0]?.trim().toLowerCase();
}

/** The value of a field; all of them, joined as one, where there are several. */
function fieldOf({ fields }: ResponseHead, name: string): string | undefined {
  const values = fields.filter((_, at) => at % 2 === 1 && fields[at - 1] === name);
  return values.length === 0 ? undefined : values.join(', ');
}
