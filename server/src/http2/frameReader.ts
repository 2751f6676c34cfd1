/**
 * Reads the frames of HTTP/2 (RFC 9113 §4, §6) that one peer sends, a client or a server. It keeps
 * the rules that need no more than one frame, or one header block: sizes, streams that a type
 * belongs to, padding, and that nothing comes between the pieces of a header block.
 */
import {
  CODE,
  ConnectionError,
  FLAG,
  FRAME_HEADER,
  MAX_FRAME,
  PREFACE,
  protocolError,
  sizeError,
  TYPE,
} from './frames.ts';

/** Of a header block, compressed. */
const MAX_BLOCK = 64 * 1024;
/** A block may come in many pieces, but not in any number of them, empty ones above all. */
const MAX_CONTINUATIONS = 32;
const EMPTY = Buffer.alloc(0);

export interface FrameEvents {
  /** A DATA frame begins. @param size what it takes of the windows, padding included */
  onData(streamId: number, size: number): void;
  /** Some of its bytes: a slice of what was read, not empty. */
  onDataBytes(streamId: number, bytes: Buffer): void;
  /** All of it has come. */
  onDataEnd(streamId: number, endStream: boolean): void;
  /** A whole header block. */
  onHeaders(streamId: number, block: Buffer, endStream: boolean): void;
  onReset(streamId: number, code: number): void;
  onSettings(settings: ReadonlyArray<readonly [id: number, value: number]>): void;
  onSettingsAck(): void;
  onPing(payload: Buffer, ack: boolean): void;
  onGoAway(lastStreamId: number, code: number): void;
  onWindowUpdate(streamId: number, increment: number): void;
  /** A frame that means nothing: PRIORITY, or a type that nobody knows (RFC 9113 §4.1, §5.3.2). */
  onIgnored(): void;
}

/** The types that belong to a stream, and those that belong to the connection. */
const OF_STREAM: ReadonlySet<number> = new Set([
  TYPE.DATA,
  TYPE.HEADERS,
  TYPE.PRIORITY,
  TYPE.RST_STREAM,
  TYPE.CONTINUATION,
]);
const OF_CONNECTION: ReadonlySet<number> = new Set([TYPE.SETTINGS, TYPE.PING, TYPE.GOAWAY]);
const SIZES: ReadonlyMap<number, number> = new Map([
  [TYPE.PRIORITY, 5],
  [TYPE.RST_STREAM, 4],
  [TYPE.PING, 8],
  [TYPE.WINDOW_UPDATE, 4],
]);

export class FrameReader {
  readonly #events: FrameEvents;
  readonly #header = Buffer.alloc(FRAME_HEADER);
  /** How much of the header has come. */
  #headerLength = 0;
  #type = 0;
  #flags = 0;
  #streamId = 0;
  /** Bytes of the payload to come. */
  #left = 0;
  /** Of a padded DATA frame: bytes of padding at its end; -1: the octet that says so is to come. */
  #padding = 0;
  /** A payload other than DATA that has come in part. */
  #payload: Buffer = EMPTY;
  #payloadLength = 0;
  /** A header block that is not whole yet. */
  #block: Buffer[] | undefined;
  #blockLength = 0;
  #blockStream = 0;
  #blockEndsStream = false;
  #blocks = 0;
  #first = true;
  /** Octets of a client's preface to come. */
  #preface: number;

  /** @param peer whose frames they are: a client's begin with a preface */
  constructor(peer: 'client' | 'server', events: FrameEvents) {
    this.#events = events;
    this.#preface = peer === 'client' ? PREFACE.length : 0;
  }

  /** Whether a header block has begun, and is not whole. */
  get withinBlock(): boolean {
    const inFrame = this.#headerLength === FRAME_HEADER && this.#type === TYPE.HEADERS;
    return inFrame || this.#block !== undefined;
  }

  /** Header blocks that have become whole. */
  get blocks(): number {
    return this.#blocks;
  }

  /**
   * Takes bytes as they came.
   *
   * @throws ConnectionError, also of the events; nothing may be read after it
   */
  execute(chunk: Buffer): void {
    let at = this.#preface === 0 ? 0 : this.#readPreface(chunk);
    while (at < chunk.length) {
      if (this.#headerLength < FRAME_HEADER) at = this.#readHeader(chunk, at);
      else if (this.#type === TYPE.DATA) at = this.#readData(chunk, at);
      else at = this.#readPayload(chunk, at);
    }
  }

  #readPreface(chunk: Buffer): number {
    const from = PREFACE.length - this.#preface;
    const count = Math.min(chunk.length, this.#preface);
    if (chunk.compare(PREFACE, from, from + count, 0, count) !== 0) {
      throw protocolError('its preface is not that of HTTP/2');
    }
    this.#preface -= count;
    return count;
  }

  #readHeader(chunk: Buffer, from: number): number {
    if (this.#headerLength === 0 && from + FRAME_HEADER <= chunk.length) {
      this.#headerLength = FRAME_HEADER;
      this.#begin(chunk, from);
      return from + FRAME_HEADER;
    }
    const to = Math.min(chunk.length, from + FRAME_HEADER - this.#headerLength);
    chunk.copy(this.#header, this.#headerLength, from, to);
    this.#headerLength += to - from;
    if (this.#headerLength === FRAME_HEADER) this.#begin(this.#header, 0);
    return to;
  }

  /** Takes the nine octets of a header (RFC 9113 §4.1). */
  #begin(from: Buffer, at: number): void {
    const octet = (n: number): number => from[at + n] ?? 0;
    this.#left = (octet(0) << 16) | (octet(1) << 8) | octet(2);
    this.#type = octet(3);
    this.#flags = octet(4);
    this.#streamId = ((octet(5) & 0x7f) << 24) | (octet(6) << 16) | (octet(7) << 8) | octet(8);
    this.#check();
    if (this.#type === TYPE.DATA) {
      this.#padding = this.#has(FLAG.PADDED) ? -1 : 0;
      this.#events.onData(this.#streamId, this.#left);
      if (this.#left === 0) this.#endData();
    } else if (this.#left === 0) {
      this.#end(EMPTY);
    }
  }

  #check(): void {
    const type = this.#type;
    // RFC 9113 §3.4: whoever it is, SETTINGS come first.
    if (this.#first && (type !== TYPE.SETTINGS || this.#has(FLAG.ACK))) {
      throw protocolError('its first frame is not SETTINGS');
    }
    this.#first = false;
    if (this.#left > MAX_FRAME) throw sizeError('a frame is larger than allowed');
    const continues = type === TYPE.CONTINUATION && this.#streamId === this.#blockStream;
    if (this.#block !== undefined ? !continues : type === TYPE.CONTINUATION) {
      throw protocolError('a header block is interrupted, or goes on where there is none');
    }
    // No server was asked to, and no client can (RFC 9113 §8.4).
    if (type === TYPE.PUSH_PROMISE) throw protocolError('it pushes, which nobody asked for');
    if (this.#streamId === 0 ? OF_STREAM.has(type) : OF_CONNECTION.has(type)) {
      throw protocolError('a frame is on a stream where its type has no place');
    }
    const size = SIZES.get(type);
    if (size !== undefined && this.#left !== size) throw sizeError('a frame has a wrong size');
    if (type === TYPE.GOAWAY && this.#left < 8) throw sizeError('a GOAWAY is too short');
    if (type === TYPE.SETTINGS && (this.#has(FLAG.ACK) ? this.#left !== 0 : this.#left % 6 !== 0)) {
      throw sizeError('a SETTINGS has a wrong size');
    }
    if (type === TYPE.DATA && this.#has(FLAG.PADDED) && this.#left === 0) {
      throw sizeError('a padded frame has no place for its padding');
    }
  }

  #readData(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#padding === -1) {
      this.#padding = chunk[at++] ?? 0;
      this.#left--;
      // RFC 9113 §6.1: padding as long as the payload, the octet included, is too long.
      if (this.#padding > this.#left) throw protocolError('padding is longer than its frame');
    }
    const to = Math.min(chunk.length, at + this.#left - this.#padding);
    if (to > at) {
      this.#left -= to - at;
      this.#events.onDataBytes(this.#streamId, chunk.subarray(at, to));
      at = to;
    }
    if (this.#left <= this.#padding) {
      const skipped = Math.min(chunk.length - at, this.#left);
      this.#left -= skipped;
      this.#padding = this.#left;
      at += skipped;
    }
    if (this.#left === 0) this.#endData();
    return at;
  }

  #endData(): void {
    this.#headerLength = 0;
    this.#events.onDataEnd(this.#streamId, this.#has(FLAG.END_STREAM));
  }

  #readPayload(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + this.#left);
    this.#left -= to - from;
    if (this.#left === 0 && this.#payloadLength === 0) {
      this.#end(chunk.subarray(from, to));
      return to;
    }
    if (this.#payloadLength === 0) this.#payload = Buffer.alloc(to - from + this.#left);
    chunk.copy(this.#payload, this.#payloadLength, from, to);
    this.#payloadLength += to - from;
    if (this.#left === 0) {
      const payload = this.#payload;
      this.#payload = EMPTY;
      this.#payloadLength = 0;
      this.#end(payload);
    }
    return to;
  }

  /** Acts on a frame other than DATA. */
  #end(payload: Buffer): void {
    this.#headerLength = 0;
    const events = this.#events;
    switch (this.#type) {
      case TYPE.HEADERS:
        this.#beginBlock(withoutPadding(payload, this.#flags));
        return;
      case TYPE.CONTINUATION:
        this.#addToBlock(payload);
        return;
      case TYPE.RST_STREAM:
        events.onReset(this.#streamId, payload.readUInt32BE(0));
        return;
      case TYPE.SETTINGS:
        if (this.#has(FLAG.ACK)) events.onSettingsAck();
        else events.onSettings(readSettings(payload));
        return;
      case TYPE.PING:
        events.onPing(payload, this.#has(FLAG.ACK));
        return;
      case TYPE.GOAWAY:
        events.onGoAway(payload.readUInt32BE(0) & 0x7fff_ffff, payload.readUInt32BE(4));
        return;
      case TYPE.WINDOW_UPDATE:
        events.onWindowUpdate(this.#streamId, payload.readUInt32BE(0) & 0x7fff_ffff);
        return;
      default:
        events.onIgnored();
    }
  }

  #beginBlock(fragment: Buffer): void {
    this.#block = [];
    this.#blockLength = 0;
    this.#blockStream = this.#streamId;
    this.#blockEndsStream = this.#has(FLAG.END_STREAM);
    this.#addToBlock(fragment);
  }

  #addToBlock(fragment: Buffer): void {
    const block = this.#block ?? [];
    this.#blockLength += fragment.length;
    if (this.#blockLength > MAX_BLOCK || block.length > MAX_CONTINUATIONS) {
      throw new ConnectionError(CODE.ENHANCE_YOUR_CALM, 'a header block is too large');
    }
    const whole = this.#has(FLAG.END_HEADERS);
    if (whole) this.#blocks++;
    if (whole && block.length === 0) {
      this.#block = undefined;
      this.#events.onHeaders(this.#blockStream, fragment, this.#blockEndsStream);
      return;
    }
    // The bytes are those of a read that others will follow, so what waits is copied.
    block.push(Buffer.from(fragment));
    if (!whole) return;
    this.#block = undefined;
    this.#events.onHeaders(this.#blockStream, Buffer.concat(block), this.#blockEndsStream);
  }

  #has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }
}

/** Takes padding and priority off a HEADERS frame (RFC 9113 §6.2). */
function withoutPadding(payload: Buffer, flags: number): Buffer {
  const padded = (flags & FLAG.PADDED) !== 0;
  const from = (padded ? 1 : 0) + ((flags & FLAG.PRIORITY) === 0 ? 0 : 5);
  const to = payload.length - (padded ? (payload[0] ?? 0) : 0);
  if (from > to) throw protocolError('padding is longer than its frame');
  return payload.subarray(from, to);
}

function readSettings(payload: Buffer): Array<readonly [number, number]> {
  const settings: Array<readonly [number, number]> = [];
  for (let at = 0; at < payload.length; at += 6) {
    settings.push([payload.readUInt16BE(at), payload.readUInt32BE(at + 2)]);
  }
  return settings;
}
