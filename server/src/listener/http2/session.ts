/**
 * One HTTP/2 connection of a client (RFC 9113). The client is not trusted: what it may not do ends its
 * stream or its connection, whatever it makes the gateway keep has a bound, and so has whatever it
 * makes the gateway do for nothing.
 */
import type { Duplex } from 'node:stream';
import { type FrameEvents, FrameReader } from '../../http2/frameReader.ts';
import {
  CODE,
  ConnectionError,
  codeName,
  DEFAULT_WINDOW,
  FLAG,
  frame,
  goAwayFrame,
  MAX_WINDOW,
  protocolError,
  resetFrame,
  SETTING,
  TYPE,
  windowUpdateFrame,
} from '../../http2/frames.ts';
import { CompressionError, DEFAULT_TABLE_SIZE, HpackDecoder } from '../../http2/hpackDecoder.ts';
import type { Limits } from '../limits.ts';
import { Budget } from './budget.ts';
import { HeadReader, MalformedError, type RequestHead } from './fields.ts';
import { Liveness } from './liveness.ts';
import { Outbox } from './outbox.ts';
import { CONNECTION_WINDOW, checkSettings, greeting, STREAM_WINDOW } from './settings.ts';
import { ServerStream, type StreamHost } from './stream.ts';
import { StreamTable } from './streamTable.ts';

/** What a session needs of those who take its requests. */
export interface SessionHost {
  readonly limits: Limits;
  handle(head: RequestHead, stream: ServerStream): void;
  /** A request whose fields are larger than they may be; its head is not known. */
  onTooLarge(stream: ServerStream): void;
  /** A callback of a handler has failed, which none may. */
  onFailure(error: unknown): void;
  /** The connection is over, or as good as. Called once. */
  onClosed(why: Error | undefined): void;
}

/** Bytes of answers and bodies that are kept for a client, beyond which it opens no more streams. */
const MAX_HELD = 64 * 1024 * 1024;
/** Milliseconds for the last words to a client to go out. */
const LINGER = 1_000;
const PING = Buffer.from('sallypor', 'latin1');
/** Its answer says that the client has read the GOAWAY before it. */
const DRAINED = Buffer.from('draining', 'latin1');
const EMPTY = Buffer.alloc(0);
const ACK = frame(TYPE.SETTINGS, FLAG.ACK, 0, EMPTY);

const UNKNOWN_HEAD: RequestHead = {
  method: '',
  target: '',
  fields: { rawHeaders: [], contentLength: undefined, info: undefined },
};

export class ServerSession implements FrameEvents, StreamHost {
  readonly outbox: Outbox;
  readonly #socket: Duplex;
  readonly #host: SessionHost;
  readonly #reader = new FrameReader('client', this);
  readonly #decoder = new HpackDecoder(DEFAULT_TABLE_SIZE);
  readonly #heads = new HeadReader();
  readonly #streams = new StreamTable();
  readonly #liveness: Liveness;
  /**
   * Streams that the client gives up. Controllers cancel watches all the time, and a busy one must not
   * be disconnected; a flood is cut off (CVE-2023-44487). The same for those that it makes us reset
   * (CVE-2025-8671).
   */
  readonly #cancels = new Budget(20_000, 2_000);
  /** Frames that ask for nothing: PING, SETTINGS, empty DATA (CVE-2019-9512, -9515, -9518). */
  readonly #idle = new Budget(10_000, 1_000);
  /** The client's SETTINGS have come; and it has seen ours. */
  #ready = false;
  #acknowledged = false;
  #sendWindow = DEFAULT_WINDOW;
  #window = CONNECTION_WINDOW;
  /** Bytes taken that the client has not been allowed anew. */
  #taken = 0;
  /** The DATA frame under way: its stream, if it is open, and bytes that are not its body's. */
  #dataStream: ServerStream | undefined;
  #padding = 0;
  #size = 0;
  #draining = false;
  /** The client opens no more streams, by its own GOAWAY. */
  #leaving = false;
  #gone = false;

  /** @param socket whose bytes nobody has read yet */
  constructor(socket: Duplex, host: SessionHost) {
    this.#socket = socket;
    this.#host = host;
    this.outbox = new Outbox(socket);
    this.#liveness = new Liveness(host.limits);
    socket.on('data', this.#onData);
    socket.on('drain', this.#onDrain);
    socket.on('end', () => this.destroy());
    socket.on('error', (error: Error) => this.destroy(error));
    socket.on('close', () => this.destroy());
    this.outbox.reading = true;
    for (const frame of greeting(host.limits)) this.outbox.control(frame);
    this.outbox.reading = false;
    this.outbox.flush();
  }

  /** Streams that are open. */
  get size(): number {
    return this.#streams.size;
  }

  /**
   * Tells the client to open no more streams, and closes when those that are open have ended (RFC 9113
   * §6.8): first without a number, since streams may be under way, and with it once the client has
   * answered, or after a second.
   */
  drain(): void {
    if (this.#draining || this.#gone) return;
    this.#draining = true;
    if (!this.#ready) {
      this.#hangUp(undefined);
      return;
    }
    this.outbox.control(goAwayFrame(MAX_WINDOW, CODE.NO_ERROR));
    this.outbox.control(frame(TYPE.PING, 0, 0, DRAINED));
    const timer = setTimeout(() => this.#drained(), LINGER);
    timer.unref();
    this.#socket.once('close', () => clearTimeout(timer));
  }

  /** Ends it at once, whatever is under way. */
  destroy(why?: Error): void {
    this.#end(why);
    this.#socket.destroy();
  }

  /**
   * Pings the client, and ends it where it is idle for too long, or was pinged before and has said
   * nothing since.
   *
   * @param now by `performance.now()`
   */
  ping(now: number): void {
    if (this.#gone) return;
    switch (this.#liveness.next(now, this.size === 0)) {
      case 'close':
        this.drain();
        break;
      case 'give up':
        this.destroy(new Error('the client did not answer a ping'));
        break;
      case 'ping':
        this.outbox.control(frame(TYPE.PING, 0, 0, PING));
    }
  }

  /** Ends it where the client owes something for too long. @param now by `performance.now()` */
  check(now: number): void {
    if (this.#gone) return;
    const { blocks, withinBlock } = this.#reader;
    const late = this.#liveness.begunLongAgo(now);
    if (late && !this.#ready) {
      this.destroy(new Error('the client did not say what it speaks'));
    } else if (late && !this.#acknowledged) {
      const why = 'it does not acknowledge SETTINGS';
      this.#fault(new ConnectionError(CODE.SETTINGS_TIMEOUT, why));
    } else if (this.#liveness.blockTakesTooLong(now, withinBlock, blocks)) {
      this.#fault(new ConnectionError(CODE.ENHANCE_YOUR_CALM, 'a header block takes too long'));
    }
  }

  allow(stream: ServerStream | undefined, bytes: number): void {
    if (this.#gone) return;
    this.#taken += bytes;
    if (stream !== undefined) {
      stream.taken += bytes;
      // Half a window at a time: enough not to be waited for, and seldom enough to cost nothing.
      if (stream.taken >= STREAM_WINDOW / 2) {
        stream.receiveWindow += stream.taken;
        this.outbox.control(windowUpdateFrame(stream.id, stream.taken));
        stream.taken = 0;
      }
    }
    if (this.#taken < CONNECTION_WINDOW / 2) return;
    this.#window += this.#taken;
    this.outbox.control(windowUpdateFrame(0, this.#taken));
    this.#taken = 0;
  }

  close(stream: ServerStream, code: number | undefined, whole: boolean): void {
    if (!this.#streams.delete(stream)) return;
    if (this.#streams.size === 0) this.#liveness.onIdle();
    if (code !== undefined) this.#reset(stream.id, code);
    stream.onClosed(whole);
    this.#closeIfDone();
  }

  onFailure(stream: ServerStream, error: unknown): void {
    this.#host.onFailure(error);
    this.close(stream, CODE.INTERNAL_ERROR, false);
  }

  onData(streamId: number, size: number): void {
    this.#window -= size;
    if (this.#window < 0) {
      throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'it sends more than it may');
    }
    this.#size = size;
    this.#padding = size;
    const stream = this.#streams.sending(streamId);
    this.#dataStream = stream;
    if (stream === undefined) return;
    if (stream.requestWhole) {
      this.#offend(stream, CODE.STREAM_CLOSED);
      return;
    }
    stream.receiveWindow -= size;
    if (stream.receiveWindow < 0) this.#offend(stream, CODE.FLOW_CONTROL_ERROR);
  }

  onDataBytes(_: number, bytes: Buffer): void {
    const stream = this.#dataStream;
    if (stream === undefined || stream.closed) return;
    this.#padding -= bytes.length;
    try {
      stream.onBytes(bytes);
    } catch (error) {
      this.#malformed(stream, error);
    }
  }

  onDataEnd(_: number, endStream: boolean): void {
    const stream = this.#dataStream;
    this.#dataStream = undefined;
    const open = stream !== undefined && !stream.closed ? stream : undefined;
    // Padding, or all of it where nobody wants it any more.
    if (this.#padding > 0) this.allow(open, this.#padding);
    if (this.#padding === this.#size && !endStream) this.#forNothing();
    if (open === undefined || !endStream) return;
    try {
      open.onEnd();
    } catch (error) {
      this.#malformed(open, error);
    }
  }

  onHeaders(streamId: number, block: Buffer, endStream: boolean): void {
    // Also for a stream that is over: what it puts into the table is needed for the next.
    const fields = this.#decoder.decode(block, this.#host.limits.maxHeaderSize);
    if (this.#streams.opens(streamId)) {
      // The same read may hold what has ended the connection.
      if (!this.#gone) this.#open(streamId, fields, endStream);
      return;
    }
    const stream = this.#streams.sending(streamId);
    if (stream === undefined) return;
    if (stream.requestWhole) {
      this.#offend(stream, CODE.STREAM_CLOSED);
      return;
    }
    try {
      stream.onTrailers(fields, endStream);
    } catch (error) {
      this.#malformed(stream, error);
    }
  }

  onReset(streamId: number, _code: number): void {
    const stream = this.#streams.known(streamId);
    this.#streams.resetByPeer(streamId);
    this.#count(this.#cancels, 'it gives up too many streams');
    if (stream !== undefined) this.close(stream, undefined, false);
  }

  onSettings(settings: ReadonlyArray<readonly [id: number, value: number]>): void {
    checkSettings(settings);
    if (this.#ready) this.#forNothing();
    this.#ready = true;
    for (const [id, value] of settings) {
      if (id === SETTING.HEADER_TABLE_SIZE) this.outbox.announce();
      else if (id === SETTING.INITIAL_WINDOW_SIZE) this.#changeWindows(value);
    }
    this.outbox.control(ACK);
    this.outbox.pump();
  }

  onSettingsAck(): void {
    this.#acknowledged = true;
  }

  onPing(payload: Buffer, ack: boolean): void {
    if (!ack) {
      this.#forNothing();
      this.outbox.control(frame(TYPE.PING, FLAG.ACK, 0, payload));
    } else if (this.#draining && payload.equals(DRAINED)) {
      this.#drained();
    }
  }

  onGoAway(_lastStreamId: number, _code: number): void {
    this.#leaving = true;
    this.#closeIfDone();
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (increment === 0) throw protocolError('a window is enlarged by nothing');
      if (this.outbox.window + increment > MAX_WINDOW) {
        throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'a window is too large');
      }
      this.outbox.open(increment);
    } else {
      const stream = this.#streams.known(streamId);
      if (stream === undefined) {
        if (increment === 0) this.#refuse(streamId, CODE.PROTOCOL_ERROR);
        return;
      }
      if (increment === 0) this.#offend(stream, CODE.PROTOCOL_ERROR);
      else if (stream.sendWindow + increment > MAX_WINDOW) {
        this.#offend(stream, CODE.FLOW_CONTROL_ERROR);
      } else {
        this.outbox.openOne(stream, increment);
      }
    }
    if (!this.outbox.dribbled) return;
    this.outbox.dribbled = false;
    this.#forNothing();
  }

  onIgnored(): void {
    this.#forNothing();
  }

  /** RFC 9113 §6.9.2: windows of open streams change by as much, and may become negative. */
  #changeWindows(size: number): void {
    const change = size - this.#sendWindow;
    this.#sendWindow = size;
    for (const stream of this.#streams.values()) {
      stream.sendWindow += change;
      if (stream.sendWindow > MAX_WINDOW) {
        throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'a window is too large');
      }
    }
  }

  #open(streamId: number, fields: readonly string[], endStream: boolean): void {
    this.#streams.take(streamId);
    if (this.#streams.size >= this.#host.limits.maxConcurrentStreams) {
      this.#refuse(streamId, CODE.REFUSED_STREAM);
      return;
    }
    if (this.outbox.held > MAX_HELD) {
      this.#refuse(streamId, CODE.ENHANCE_YOUR_CALM);
      return;
    }
    const windows = { send: this.#sendWindow, receive: STREAM_WINDOW };
    let head = UNKNOWN_HEAD;
    try {
      if (!this.#decoder.tooLarge) head = this.#heads.read(fields, endStream);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#refuse(streamId, CODE.PROTOCOL_ERROR);
      return;
    }
    const stream = new ServerStream(streamId, head, endStream, windows, this);
    this.#streams.add(stream);
    try {
      if (head === UNKNOWN_HEAD) this.#host.onTooLarge(stream);
      else this.#host.handle(head, stream);
    } catch (error) {
      this.onFailure(stream, error);
    }
  }

  /** Turns a stream away that is none: it cannot be opened, or is over. */
  #refuse(streamId: number, code: number): void {
    this.#reset(streamId, code);
    this.#count(this.#cancels, 'it breaks too many streams');
  }

  /** What a client may not do on a stream costs that stream only (RFC 9113 §5.4.2). */
  #offend(stream: ServerStream, code: number): void {
    this.close(stream, code, false);
    this.#count(this.#cancels, 'it breaks too many streams');
  }

  #malformed(stream: ServerStream, error: unknown): void {
    if (!(error instanceof MalformedError)) throw error;
    this.#offend(stream, CODE.PROTOCOL_ERROR);
  }

  #reset(streamId: number, code: number): void {
    this.outbox.control(resetFrame(streamId, code));
    this.#streams.reset(streamId);
  }

  #forNothing(): void {
    this.#count(this.#idle, 'it sends too many frames that ask for nothing');
  }

  #count(budget: Budget, why: string): void {
    if (!budget.use()) throw new ConnectionError(CODE.ENHANCE_YOUR_CALM, why);
  }

  #drained(): void {
    if (this.#streams.final || this.#gone) return;
    this.#streams.finish();
    this.outbox.control(goAwayFrame(this.#streams.lastId, CODE.NO_ERROR));
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#gone || this.#streams.size > 0) return;
    if (this.#streams.final) {
      this.#hangUp(undefined);
    } else if (this.#leaving) {
      this.outbox.control(goAwayFrame(this.#streams.lastId, CODE.NO_ERROR));
      this.#hangUp(undefined);
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#gone) return;
    this.#liveness.onRead();
    this.outbox.reading = true;
    try {
      this.#reader.execute(chunk);
    } catch (error) {
      this.#fault(error);
    } finally {
      this.outbox.reading = false;
    }
    this.outbox.flush();
  };

  readonly #onDrain = (): void => {
    try {
      this.outbox.onDrain();
    } catch (error) {
      this.#fault(error);
    }
  };

  /** The client has broken the protocol: it is told so, and the connection ends. */
  #fault(error: unknown): void {
    let code: number = CODE.INTERNAL_ERROR;
    if (error instanceof ConnectionError) code = error.code;
    else if (error instanceof CompressionError) code = CODE.COMPRESSION_ERROR;
    else this.#host.onFailure(error);
    if (this.#gone) return;
    this.outbox.control(goAwayFrame(this.#streams.lastId, code));
    this.#hangUp(new Error(`${codeName(code)}: ${(error as Error).message}`, { cause: error }));
  }

  /**
   * Closes the socket once the last words are out. What still comes is read and dropped: closing over
   * it would reset the connection, and the words be lost.
   */
  #hangUp(why: Error | undefined): void {
    const socket = this.#socket;
    this.outbox.flush();
    this.#end(why);
    const timer = setTimeout(() => socket.destroy(), LINGER);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
    socket.end(() => socket.resume());
  }

  /** Tells all that it is over; does nothing the second time. */
  #end(why: Error | undefined): void {
    if (this.#gone) return;
    this.#gone = true;
    const streams = this.#streams.clear();
    this.#host.onClosed(why);
    for (const stream of streams) stream.onClosed(false);
  }
}
