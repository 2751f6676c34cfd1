/**
 * One admitted request on its way: head, body and answer, with back-pressure both ways. Whatever
 * ends it, at either side or from within, ends it once and everywhere.
 */
import { fail, type SallyportError, toWarning } from '../errors.ts';
import { eventOf } from './audit.ts';
import type { Client } from './client.ts';
import type { ProxyDependencies } from './dependencies.ts';
import type { ProxyEvent } from './events.ts';
import type { Admitted } from './gate.ts';
import { type UpstreamRequest, upstreamHead } from './headers.ts';
import type { Limits } from './limits.ts';
import { RequestBody, type RequestBodyWatcher } from './requestBody.ts';
import { isAnsweredByWorkload } from './requestInfo.ts';
import { responseHeaders, responseTrailers } from './responseHeaders.ts';
import { sendError } from './status.ts';
import type { OpenRequest, Streams } from './streams.ts';
import type { TroubleLog } from './troubleLog.ts';
import type { BeginOptions, Carrier, Connection, ResponseHandler } from './upstream/connection.ts';
import type { UpstreamFailure } from './upstream/failure.ts';
import type { ResponseHead } from './upstream/head.ts';
import type { SharedStream } from './upstream/http2/stream.ts';
import type { Pool, Waiter } from './upstream/pool.ts';
import { type WatchEvents, watchEvents } from './watchEvents.ts';

/** What exchanges share. */
export interface Services {
  readonly deps: ProxyDependencies;
  readonly pool: Pool;
  readonly streams: Streams;
  readonly limits: Limits;
  readonly trouble: TroubleLog;
  readonly now: () => number;
}

/** Milliseconds. kube-apiserver gives a short request 60 s (`--request-timeout`); twice that. */
const RESPONSE_TIMEOUT = 120_000;
/** Milliseconds that a client may let pass without a byte of a body that it has begun. */
const BODY_TIMEOUT = 60_000;
/** Milliseconds for a client to take the last words of a stream that was ended. */
const LAST_WORDS_TIMEOUT = 1_000;
/** RFC 9110 §9.2.1; only these are sent again when a kept connection turns out to be closed. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Exchange implements OpenRequest, RequestBodyWatcher, ResponseHandler, Waiter {
  readonly admitted: Admitted;
  readonly client: Client;
  readonly services: Services;
  deadline = 0;
  bytesToClient = 0;
  bytesFromClient = 0;
  connection: Carrier | undefined;
  /** As sent to the client; 0: nothing yet. */
  status = 0;
  over = false;
  #retried = false;
  /** The API server is made to wait for the client. */
  #held = false;
  #body: RequestBody | undefined;
  /** It is the API server's turn. */
  #waiting = false;
  /** Of a watch in a format that an event of ours fits into. */
  #events: WatchEvents | undefined;

  constructor(admitted: Admitted, client: Client, services: Services) {
    this.admitted = admitted;
    this.client = client;
    this.services = services;
  }

  start(): void {
    this.services.streams.add(this);
    // While the gate waited for an answer, the client may have gone.
    if (this.client.closed) {
      this.finish(null, true);
      return;
    }
    this.client.onClose(() => this.#clientGone());
    this.acquire(false);
  }

  acquire(fresh: boolean): void {
    const { target } = this.admitted.passage;
    // What is asked again must not meet again what turned it away.
    if (this.shares && !fresh) this.services.pool.share(target, this);
    else this.services.pool.acquire(target, this, fresh);
  }

  /** Whether it lasts, and so is better on a connection that many share: a watch, or a log. */
  get shares(): boolean {
    const { incoming, info } = this.admitted;
    const lasts = info.verb === 'watch' || info.subresource === 'log';
    return lasts && incoming.method === 'GET' && this.client.body === undefined;
  }

  onShared(stream: SharedStream): void {
    const head = this.#prepare();
    if (head === undefined) return;
    this.connection = stream;
    stream.begin(this, head);
    this.onBodySent();
  }

  onConnected(connection: Connection): void {
    const head = this.#prepare();
    if (head === undefined) {
      this.services.pool.release(connection);
      return;
    }
    this.connection = connection;
    const { options } = this;
    const { headers } = this.admitted;
    if (this.client.body === undefined) {
      connection.begin(this, head, options);
      this.onBodySent();
      return;
    }
    // Head and first bytes of the body go out in one write, where the bytes are there already.
    connection.socket.cork();
    connection.begin(this, head, options);
    this.#body = new RequestBody(this.client, connection, headers.contentLength, this);
    this.#limit(BODY_TIMEOUT);
    if (!headers.expectsContinue) this.#body.start();
    process.nextTick(() => connection.socket.uncork());
  }

  /** The head to send; undefined: nothing is to be sent any more. */
  #prepare(): string | undefined {
    if (this.over) return undefined;
    const { requestId } = this.admitted.incoming;
    try {
      return this.head();
    } catch (error) {
      this.services.deps.logger.error({ err: error, requestId }, 'no request could be made');
      this.refuse(fail('internal.error', { requestId }, error));
      return undefined;
    }
  }

  get options(): BeginOptions {
    return { toHead: this.admitted.incoming.method === 'HEAD', upgrade: false };
  }

  get upgrade(): UpstreamRequest['upgrade'] {
    return undefined;
  }

  /** The head for the API server. */
  head(): string {
    const { incoming, target, headers, passage } = this.admitted;
    const { deps } = this.services;
    return upstreamHead({
      method: incoming.method,
      rest: target.rest,
      headers,
      target: passage.target,
      identity: passage.identity,
      takesUid: deps.takesUid?.(target.environmentId) ?? true,
      requestId: incoming.requestId,
      address: incoming.connection.address,
      body: this.client.body === undefined ? undefined : (headers.contentLength ?? 'chunked'),
      upgrade: this.upgrade,
    });
  }

  onInformational(head: ResponseHead): void {
    if (head.status !== 100 || this.#body === undefined || this.#body.started) return;
    this.client.continue();
    this.#body.start();
  }

  onHead(head: ResponseHead): void {
    const { passage, info, target, incoming, notice } = this.admitted;
    this.deadline = 0;
    // Authentication comes first in the API server, and the credential there is Sallyport's own: a
    // 401 can say nothing of the caller. Only a workload may mean its own 401.
    if (head.status === 401 && !isAnsweredByWorkload(info)) {
      const environment = passage.target.environmentName;
      const refusal = fail('proxy.upstream_credential', { environment });
      const { code, message: why } = refusal;
      this.services.trouble({ environment, code, why, requestId: incoming.requestId });
      this.refuse(refusal);
      return;
    }
    if (this.#body?.started === false) this.client.closeAfter();
    const trailers = head.framing.kind === 'chunked' && head.fields.includes('trailer');
    const context = {
      target: passage.target,
      prefix: target.prefix,
      requestId: incoming.requestId,
    };
    if (info.verb === 'watch' && head.status === 200) this.#events = watchEvents(head.fields);
    const headers = responseHeaders(head.fields, head.contentLength, context);
    if (notice !== undefined) headers.push('warning', this.#warning(notice));
    this.client.head(head.status, headers, trailers);
    this.begun(head.status);
  }

  #warning(notice: string): string {
    const url = this.services.deps.publicUrl(this.admitted.incoming.connection);
    return toWarning(`Sallyport: ${notice.replace('{url}', () => url)}`);
  }

  /** The client gets an answer now. */
  begun(status: number): void {
    this.status = status;
    if (this.admitted.long) this.#tell('ResponseStarted', null, false);
  }

  onBody(chunk: Buffer, done?: () => void): void {
    if (this.over) return;
    this.bytesToClient += chunk.length;
    this.#events?.push(chunk);
    if (this.client.write(chunk, done) || this.#held) return;
    this.#held = true;
    this.connection?.pause();
    this.client.onDrain(() => {
      this.#held = false;
      this.connection?.resume();
    });
  }

  onPause(): void {
    if (!this.over) this.client.flush();
  }

  onComplete(trailers: readonly string[]): void {
    if (this.over) return;
    this.#body?.stop();
    this.client.end(responseTrailers(trailers));
    this.finish(null, false);
  }

  onFailed(failure: UpstreamFailure): void {
    if (this.over) return;
    const { incoming, passage } = this.admitted;
    const { connection } = this;
    if (
      !this.#retried &&
      connection?.reused &&
      !connection.answered &&
      this.client.body === undefined &&
      SAFE_METHODS.has(incoming.method)
    ) {
      // The API server closed a kept connection just as it was taken up again.
      this.#retried = true;
      this.connection = undefined;
      this.acquire(true);
      return;
    }
    const environment = passage.target.environmentName;
    const { requestId } = incoming;
    const { kind, message: why } = failure;
    const code = CODES[kind];
    // Only what an API server sent has more to tell than the words for it.
    const details = kind === 'broken' ? { err: failure } : {};
    this.services.trouble({ environment, code, why, requestId, ...details });
    this.refuse(fail(code, { environment, why }, failure));
  }

  onDrain(): void {
    if (this.over || !this.#body?.resume()) return;
    this.#waiting = false;
    this.#limit(BODY_TIMEOUT);
  }

  expire(): void {
    if (this.#body?.started && !this.#waiting) {
      this.refuse(fail('request.timeout'));
      return;
    }
    const environment = this.admitted.passage.target.environmentName;
    this.refuse(fail('proxy.upstream_timeout', { environment, limit: RESPONSE_TIMEOUT / 1000 }));
  }

  end(error: SallyportError): void {
    if (this.over) return;
    if (this.status === 0) {
      this.refuse(error);
      return;
    }
    this.connection?.destroy();
    const watch = this.admitted.info.verb === 'watch';
    if (this.#events?.between) {
      // A client takes up a watch that just ends where it was; when stopping, that is what it should.
      if (error.code !== 'proxy.stopping') this.client.write(this.#events.error(error));
      this.#lastWords();
    } else if (watch) {
      this.#lastWords();
    } else {
      this.client.abort();
    }
    this.finish(error, false);
  }

  /** Answers with an error, if there is no answer yet; else cuts the one that there is. */
  refuse(error: SallyportError): void {
    if (this.over) return;
    this.connection?.destroy();
    this.#body?.stop();
    if (this.status === 0) {
      this.status = error.status;
      const { incoming, info } = this.admitted;
      sendError(this.client, error, incoming.requestId, info);
    } else {
      this.client.abort();
    }
    this.finish(error, false);
  }

  /** Gives everything back, and tells of it. Does nothing the second time. */
  finish(error: SallyportError | null, aborted: boolean): void {
    if (this.over) return;
    this.over = true;
    const { caller, target, long } = this.admitted;
    this.services.limits.give(caller.kubeconfigId, target.environmentId, long);
    this.services.streams.delete(this);
    this.#tell('ResponseComplete', error, aborted);
  }

  #clientGone(): void {
    if (this.over) return;
    this.connection?.destroy();
    if (this.status === 0) this.services.limits.aborted(this.admitted.caller.kubeconfigId);
    this.finish(null, true);
  }

  #lastWords(): void {
    const { client } = this;
    client.end([]);
    const timer = setTimeout(() => client.abort(), LAST_WORDS_TIMEOUT);
    client.onClose(() => clearTimeout(timer));
  }

  onBodyBytes(count: number): void {
    this.bytesFromClient += count;
    this.#limit(BODY_TIMEOUT);
  }

  onBodyHeld(): void {
    // Now it is the API server that is waited for, and a client that is made to wait is not slow.
    this.#waiting = true;
    this.#limit(RESPONSE_TIMEOUT);
  }

  onBodySent(): void {
    this.#waiting = true;
    this.connection?.requestEnded();
    this.deadline = 0;
    if (this.status === 0) this.#limit(RESPONSE_TIMEOUT);
  }

  onBodyCut(): void {
    this.connection?.destroy();
    this.client.abort();
    this.finish(null, true);
  }

  #limit(milliseconds: number): void {
    if (!this.admitted.long) this.deadline = this.services.now() + milliseconds;
  }

  #tell(stage: ProxyEvent['stage'], error: SallyportError | null, aborted: boolean): void {
    const { deps, now } = this.services;
    deps.audit?.(eventOf(this, stage, error, aborted, now()));
  }
}

const CODES = {
  unreachable: 'proxy.upstream_unreachable',
  tls: 'proxy.upstream_tls',
  broken: 'proxy.upstream_broken',
} as const;
