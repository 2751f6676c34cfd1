/**
 * One HTTP/2 connection to an API server, shared by requests that last (RFC 9113). The server is
 * not trusted to be well-behaved: what it may not do ends the stream or the connection, and
 * whatever it makes the gateway keep has a bound.
 */
import type { Duplex } from 'node:stream';
import { type FrameEvents, FrameReader } from '../../../http2/frameReader.ts';
import {
  CODE,
  ConnectionError,
  codeName,
  DEFAULT_WINDOW,
  FLAG,
  frame,
  goAwayFrame,
  headersFrames,
  MAX_WINDOW,
  PREFACE,
  protocolError,
  resetFrame,
  SETTING,
  settingsFrame,
  TYPE,
  windowUpdateFrame,
} from '../../../http2/frames.ts';
import { CompressionError, decodeFields } from '../../../http2/hpackDecoder.ts';
import { encodeFields } from '../../../http2/hpackEncoder.ts';
import { failureOfSocket, UpstreamFailure } from '../failure.ts';
import { ResponseSyntaxError } from '../head.ts';
import { SharedStream, STREAM_WINDOW, type StreamHost } from './stream.ts';

/** Streams on one connection, where the server allows more: all of them end with it. */
const MAX_STREAMS = 100;
/**
 * Milliseconds for which a stream that was given up keeps its place. The server needs a while to end
 * it too, and takes many that end early for an attack (CVE-2023-44487), for which all on the
 * connection would pay.
 */
const COOLING = 1_000;
/** Streams given up whose last frames may still come; older ones must be over. */
const MAX_RESETS = 1_024;
/**
 * The connection's own window. What is kept is bounded by the streams' windows, so this one is
 * refilled as bytes come, and no slow reader takes it from the others.
 */
const CONNECTION_WINDOW = 16 * 1024 * 1024;
const MAX_HEADER_LIST = 64 * 1024;
/** Bytes of ours that a server leaves unread before it is given up: it only asks and never listens. */
const MAX_UNSENT = 1024 * 1024;
/** Stream ids are not used again, and there are no more than so many (RFC 9113 §5.1.1). */
const LAST_ID = 2 ** 30;
/** Milliseconds of silence after which the server is asked whether it is there … */
const PING_AFTER = 30_000;
/** … and for which it may go on being silent then. The numbers of Kubernetes' own clients. */
const PING_TIMEOUT = 15_000;
/** Milliseconds for the last words to a server to go out. */
const LINGER = 1_000;
const PING_PAYLOAD = Buffer.from('sallypor', 'latin1');

export interface SessionEvents {
  /** The server's SETTINGS have come: streams can be opened. */
  onReady(): void;
  /** It is closed, or as good as. Called once, also where it never was ready. */
  onGone(failure: UpstreamFailure): void;
}

export class Session implements StreamHost, FrameEvents {
  readonly #socket: Duplex;
  readonly #events: SessionEvents;
  readonly #reader = new FrameReader('server', this);
  readonly #streams = new Map<number, SharedStream>();
  /** Ids of streams that were given up here, the oldest first. */
  readonly #resets = new Set<number>();
  /** When places of streams that were given up are free again, the earliest first. */
  readonly #cooling: number[] = [];
  /** Streams that were handed something in the read under way. */
  #touched: SharedStream[] = [];
  #ready = false;
  /** No more streams are opened on it. */
  #draining = false;
  #gone = false;
  #nextId = 1;
  #maxStreams = MAX_STREAMS;
  #window = CONNECTION_WINDOW;
  /** Bytes that came and that the server has not been allowed anew. */
  #received = 0;
  /** The DATA frame under way: its stream, if it is open, and bytes that are not its body's. */
  #dataStream: SharedStream | undefined;
  #padding = 0;
  #lastStreamId = MAX_WINDOW;
  /** The next header block must say that there is no dynamic table. */
  #announce = true;
  #idleSince = performance.now();
  #readAt = this.#idleSince;
  #pingedAt = 0;

  /** @param socket connected by ALPN `h2`, its peer verified, and nothing read from it yet */
  constructor(socket: Duplex, events: SessionEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#fail(new UpstreamFailure('broken', 'it closed the connection')));
    socket.on('error', (error: Error) => this.#fail(failureOfSocket(error)));
    socket.on('close', () =>
      this.#fail(new UpstreamFailure('broken', 'the connection was closed')),
    );
    this.#write(
      Buffer.concat([
        PREFACE,
        settingsFrame([
          [SETTING.HEADER_TABLE_SIZE, 0],
          [SETTING.ENABLE_PUSH, 0],
          [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
          [SETTING.MAX_HEADER_LIST_SIZE, MAX_HEADER_LIST],
        ]),
        windowUpdateFrame(0, CONNECTION_WINDOW - DEFAULT_WINDOW),
      ]),
    );
  }

  get used(): boolean {
    return this.#nextId > 1;
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  /** How many more streams can be opened on it now. */
  get room(): number {
    if (!this.#ready || this.#draining) return 0;
    const now = performance.now();
    while (this.#cooling.length > 0 && (this.#cooling[0] ?? 0) <= now) this.#cooling.shift();
    return this.#maxStreams - this.#streams.size - this.#cooling.length;
  }

  /** A stream, to be begun at once or forgotten. */
  open(): SharedStream {
    return new SharedStream(this);
  }

  start(stream: SharedStream, fields: readonly string[]): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    this.#streams.set(stream.id, stream);
    if (this.#nextId > LAST_ID) this.#draining = true;
    this.#write(headersFrames(stream.id, encodeFields(fields, this.#announce), true));
    this.#announce = false;
  }

  allow(stream: SharedStream, bytes: number): void {
    if (!this.#streams.has(stream.id)) return;
    stream.window += bytes;
    this.#write(windowUpdateFrame(stream.id, bytes));
  }

  cancel(stream: SharedStream, code: number): void {
    if (!this.#remove(stream)) return;
    this.#resets.add(stream.id);
    if (this.#resets.size > MAX_RESETS) {
      for (const oldest of this.#resets) {
        this.#resets.delete(oldest);
        break;
      }
    }
    this.#cooling.push(performance.now() + COOLING);
    this.#write(resetFrame(stream.id, code));
  }

  /** Opens no more streams, and closes once those that are open have ended. */
  drain(): void {
    this.#draining = true;
    this.#closeIfDone();
  }

  /**
   * Looks after it: to be called every few seconds.
   *
   * @param now by `performance.now()`
   * @param idleTimeout milliseconds without a stream after which it is closed
   */
  sweep(now: number, idleTimeout: number): void {
    if (this.#gone) return;
    if (this.#streams.size === 0) {
      if (this.#ready && now - this.#idleSince >= idleTimeout) this.drain();
    } else if (this.#pingedAt === 0) {
      if (now - this.#readAt < PING_AFTER) return;
      this.#pingedAt = now;
      this.#write(frame(TYPE.PING, 0, 0, PING_PAYLOAD));
    } else if (now - this.#pingedAt >= PING_TIMEOUT) {
      this.#fail(new UpstreamFailure('broken', 'it has become silent'));
    }
  }

  /** Ends it, and with it all of its streams. */
  destroy(): void {
    this.#fail(new UpstreamFailure('broken', 'the connection was closed'));
  }

  onData(streamId: number, size: number): void {
    this.#window -= size;
    if (this.#window < 0) {
      throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'it sends more than it may');
    }
    this.#received += size;
    this.#padding = size;
    const stream = this.#streamOf(streamId);
    this.#dataStream = stream;
    if (stream === undefined) return;
    stream.window -= size;
    if (stream.window < 0) {
      throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'it sends more than a stream may');
    }
    this.#touch(stream);
  }

  onDataBytes(_: number, bytes: Buffer): void {
    this.#padding -= bytes.length;
    this.#guard(this.#dataStream, (stream) => stream.onBytes(bytes));
  }

  onDataEnd(_: number, endStream: boolean): void {
    const stream = this.#dataStream;
    if (this.#padding > 0) stream?.onPadding(this.#padding);
    if (endStream) this.#endStream(stream, (ended) => ended.onEnd());
    this.#dataStream = undefined;
  }

  onHeaders(streamId: number, block: Buffer, endStream: boolean): void {
    // Also for a stream that is over: what cannot be read ends the connection.
    const fields = decodeFields(block, MAX_HEADER_LIST);
    const stream = this.#streamOf(streamId);
    if (stream === undefined) return;
    this.#touch(stream);
    if (endStream) this.#endStream(stream, (ended) => ended.onFields(fields, true));
    else this.#guard(stream, (open) => open.onFields(fields, false));
  }

  onReset(streamId: number, code: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) {
      this.#remove(stream);
      stream.onReset(code);
    } else if (this.#isIdle(streamId)) {
      throw protocolError('it resets a stream that was never opened');
    }
  }

  onSettings(settings: ReadonlyArray<readonly [id: number, value: number]>): void {
    for (const [id, value] of settings) {
      switch (id) {
        case SETTING.HEADER_TABLE_SIZE:
          this.#announce = true;
          break;
        case SETTING.ENABLE_PUSH:
          if (value !== 0) throw protocolError('a server has no pushes to allow');
          break;
        case SETTING.MAX_CONCURRENT_STREAMS:
          this.#maxStreams = Math.min(value, MAX_STREAMS);
          break;
        case SETTING.INITIAL_WINDOW_SIZE:
          if (value > MAX_WINDOW) {
            throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'a window is too large');
          }
          break;
        case SETTING.MAX_FRAME_SIZE:
          if (value < 16_384 || value > 16_777_215)
            throw protocolError('a frame size is not valid');
          break;
      }
    }
    this.#write(frame(TYPE.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0)));
    if (this.#ready) return;
    this.#ready = true;
    this.#events.onReady();
  }

  onSettingsAck(): void {}

  onPing(payload: Buffer, ack: boolean): void {
    if (!ack) this.#write(frame(TYPE.PING, FLAG.ACK, 0, payload));
  }

  onGoAway(lastStreamId: number, code: number): void {
    if (lastStreamId > this.#lastStreamId) throw protocolError('a GOAWAY takes back another');
    this.#lastStreamId = lastStreamId;
    this.#draining = true;
    const why = code === CODE.NO_ERROR ? 'it is closing the connection' : codeName(code);
    for (const stream of [...this.#streams.values()]) {
      if (stream.id <= lastStreamId) continue;
      this.#remove(stream);
      // RFC 9113 §6.8: it has not looked at these, so they can be asked again elsewhere.
      stream.reused = true;
      stream.fail(new UpstreamFailure('broken', `it did not take the request (${why})`));
    }
    this.#closeIfDone();
  }

  /** Requests here have no bodies, so there is nothing that a window would hold back. */
  onWindowUpdate(streamId: number, increment: number): void {
    if (increment === 0) throw protocolError('a window is enlarged by nothing');
    if (streamId !== 0 && this.#isIdle(streamId)) {
      throw protocolError('it enlarges the window of a stream that was never opened');
    }
  }

  onIgnored(): void {}

  /** The stream of a frame; undefined: its frames are to be ignored, as it was given up here. */
  #streamOf(streamId: number): SharedStream | undefined {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined || this.#resets.has(streamId)) return stream;
    if (this.#isIdle(streamId)) throw protocolError('it answers on a stream that was never opened');
    throw new ConnectionError(CODE.STREAM_CLOSED, 'it goes on with a stream that it has ended');
  }

  #isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.#nextId;
  }

  #touch(stream: SharedStream): void {
    if (stream.touched) return;
    stream.touched = true;
    this.#touched.push(stream);
  }

  /** The server has sent its last frame on the stream. */
  #endStream(stream: SharedStream | undefined, act: (stream: SharedStream) => void): void {
    if (stream === undefined) return;
    this.#guard(stream, (ended) => {
      act(ended);
      this.#remove(ended);
    });
  }

  /**
   * A message that is not valid costs its own stream only (RFC 9113 §8.1.1); and so does one that
   * cannot be handed on, as with two dates, which whoever answers may send as often as they like.
   */
  #guard(stream: SharedStream | undefined, act: (stream: SharedStream) => void): void {
    if (stream === undefined || !this.#streams.has(stream.id)) return;
    try {
      act(stream);
    } catch (error) {
      const invalid = error instanceof ResponseSyntaxError;
      this.cancel(stream, invalid ? CODE.PROTOCOL_ERROR : CODE.INTERNAL_ERROR);
      stream.fail(error);
    }
  }

  /** @returns false where it was not open any more */
  #remove(stream: SharedStream): boolean {
    if (!this.#streams.delete(stream.id)) return false;
    if (this.#streams.size === 0) this.#idleSince = performance.now();
    this.#closeIfDone();
    return true;
  }

  #closeIfDone(): void {
    if (!this.#draining || this.#streams.size > 0 || this.#gone) return;
    this.#write(goAwayFrame(0, CODE.NO_ERROR));
    this.#end(new UpstreamFailure('broken', 'the connection was closed'));
    this.#hangUp();
  }

  #read(chunk: Buffer): void {
    if (this.#gone) return;
    this.#readAt = performance.now();
    this.#pingedAt = 0;
    this.#socket.cork();
    try {
      this.#reader.execute(chunk);
      if (this.#received >= CONNECTION_WINDOW / 2) {
        this.#write(windowUpdateFrame(0, this.#received));
        this.#window += this.#received;
        this.#received = 0;
      }
      const touched = this.#touched;
      this.#touched = [];
      for (const stream of touched) {
        stream.touched = false;
        stream.onPause();
      }
    } catch (error) {
      this.#fault(error);
    }
    this.#socket.uncork();
  }

  /** The server has broken the protocol: it is told so, and the connection ends. */
  #fault(error: unknown): void {
    let why = 'its answer could not be read';
    let code: number = CODE.INTERNAL_ERROR;
    if (error instanceof ConnectionError) ({ message: why, code } = error);
    else if (error instanceof CompressionError)
      [why, code] = [error.message, CODE.COMPRESSION_ERROR];
    this.#write(goAwayFrame(0, code));
    this.#end(new UpstreamFailure('broken', why, error));
    this.#hangUp();
  }

  #write(bytes: Buffer): void {
    if (this.#gone || !this.#socket.writable) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength <= MAX_UNSENT) return;
    this.#fail(new UpstreamFailure('broken', 'it does not read what it is sent'));
  }

  /** Ends it at once, whatever is under way. */
  #fail(failure: UpstreamFailure): void {
    this.#end(failure);
    this.#socket.destroy();
  }

  /** Closes the socket once the last words are out. */
  #hangUp(): void {
    const socket = this.#socket;
    const timer = setTimeout(() => socket.destroy(), LINGER);
    socket.once('close', () => clearTimeout(timer));
    socket.end(() => socket.destroy());
  }

  /** Tells all that it is over; does nothing the second time. */
  #end(failure: UpstreamFailure): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#draining = true;
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#touched = [];
    this.#events.onGone(failure);
    for (const stream of streams) stream.fail(failure);
  }
}
