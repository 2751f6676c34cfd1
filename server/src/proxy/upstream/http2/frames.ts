/**
 * Frames of HTTP/2 (RFC 9113 §4, §6), as a client reads and writes them. The reader keeps the rules
 * that need no more than one frame, or one header block: sizes, streams that a type belongs to,
 * padding, and that nothing comes between the pieces of a header block.
 */

export const TYPE = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
} as const;

export const FLAG = {
  ACK: 0x1,
  END_STREAM: 0x1,
  END_HEADERS: 0x4,
  PADDED: 0x8,
  PRIORITY: 0x20,
} as const;

/** RFC 9113 §7. */
export const CODE = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const;

const CODE_NAMES = new Map<number, string>(
  Object.entries(CODE).map(([name, code]) => [code, name]),
);

/** An error code in the words of RFC 9113. */
export function codeName(code: number): string {
  return CODE_NAMES.get(code) ?? `code ${code}`;
}

/** What a peer did that no peer may do: the connection ends (RFC 9113 §5.4.1). */
export class ConnectionError extends Error {
  readonly code: number;

  /** @param why a clause without a full stop */
  constructor(code: number, why: string) {
    super(why);
    this.name = 'ConnectionError';
    this.code = code;
  }
}

export const FRAME_HEADER = 9;
/** What SETTINGS_MAX_FRAME_SIZE is where nobody says otherwise. */
export const MAX_FRAME = 16_384;
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
  #first = true;

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /**
   * Takes bytes as they came.
   *
   * @throws ConnectionError, also of the events; nothing may be read after it
   */
  execute(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerLength < FRAME_HEADER) at = this.#readHeader(chunk, at);
      else if (this.#type === TYPE.DATA) at = this.#readData(chunk, at);
      else at = this.#readPayload(chunk, at);
    }
  }

  #readHeader(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + FRAME_HEADER - this.#headerLength);
    chunk.copy(this.#header, this.#headerLength, from, to);
    this.#headerLength += to - from;
    if (this.#headerLength === FRAME_HEADER) this.#begin();
    return to;
  }

  #begin(): void {
    const header = this.#header;
    this.#left = header.readUIntBE(0, 3);
    this.#type = header[3] ?? 0;
    this.#flags = header[4] ?? 0;
    this.#streamId = header.readUInt32BE(5) & 0x7fff_ffff;
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
    // RFC 9113 §3.4: the server's connection preface.
    if (this.#first && (type !== TYPE.SETTINGS || this.#has(FLAG.ACK))) {
      throw protocolError('its first frame is not SETTINGS');
    }
    this.#first = false;
    if (this.#left > MAX_FRAME) throw sizeError('a frame is larger than allowed');
    const continues = type === TYPE.CONTINUATION && this.#streamId === this.#blockStream;
    if (this.#block !== undefined ? !continues : type === TYPE.CONTINUATION) {
      throw protocolError('a header block is interrupted, or goes on where there is none');
    }
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
    }
    // PRIORITY means nothing any more, and unknown types are ignored (RFC 9113 §4.1, §5.3.2).
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

export function protocolError(why: string): ConnectionError {
  return new ConnectionError(CODE.PROTOCOL_ERROR, why);
}

function sizeError(why: string): ConnectionError {
  return new ConnectionError(CODE.FRAME_SIZE_ERROR, why);
}

/** Writes a frame. @param payload at most `MAX_FRAME` bytes */
export function frame(type: number, flags: number, streamId: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(streamId, 5);
  payload.copy(bytes, FRAME_HEADER);
  return bytes;
}

/** Writes the frames of a header block that ends its stream: a request without a body. */
export function headersFrames(streamId: number, block: Buffer): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME) {
    const last = at + MAX_FRAME >= block.length;
    const flags = (at === 0 ? FLAG.END_STREAM : 0) | (last ? FLAG.END_HEADERS : 0);
    const type = at === 0 ? TYPE.HEADERS : TYPE.CONTINUATION;
    frames.push(frame(type, flags, streamId, block.subarray(at, at + MAX_FRAME)));
  }
  return frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames);
}

export function settingsFrame(settings: ReadonlyArray<readonly [number, number]>): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [i, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * i);
    payload.writeUInt32BE(value, 6 * i + 2);
  }
  return frame(TYPE.SETTINGS, 0, 0, payload);
}

export function resetFrame(streamId: number, code: number): Buffer {
  return frame(TYPE.RST_STREAM, 0, streamId, uint32(code));
}

export function windowUpdateFrame(streamId: number, increment: number): Buffer {
  return frame(TYPE.WINDOW_UPDATE, 0, streamId, uint32(increment));
}

/** A GOAWAY of a client: the peer has opened no streams. */
export function goAwayFrame(code: number): Buffer {
  return frame(TYPE.GOAWAY, 0, 0, Buffer.concat([uint32(0), uint32(code)]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
