/** Frames of HTTP/2 (RFC 9113 §4, §6, §7): their names and numbers, and how they are written. */

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

/** RFC 9113 §6.5.2. */
export const SETTING = {
  HEADER_TABLE_SIZE: 1,
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
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

/** What a client says first (RFC 9113 §3.4). */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
export const FRAME_HEADER = 9;
/** What SETTINGS_MAX_FRAME_SIZE is where nobody says otherwise. */
export const MAX_FRAME = 16_384;
/** What a window is where nobody says otherwise, and the most that it may be (RFC 9113 §6.9). */
export const DEFAULT_WINDOW = 65_535;
export const MAX_WINDOW = 0x7fff_ffff;

export function protocolError(why: string): ConnectionError {
  return new ConnectionError(CODE.PROTOCOL_ERROR, why);
}

export function sizeError(why: string): ConnectionError {
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

/** Writes the frames of a header block. @param endStream whether nothing follows it */
export function headersFrames(streamId: number, block: Buffer, endStream: boolean): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at === 0 || at < block.length; at += MAX_FRAME) {
    const last = at + MAX_FRAME >= block.length;
    const flags = (at === 0 && endStream ? FLAG.END_STREAM : 0) | (last ? FLAG.END_HEADERS : 0);
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

/** @param lastStreamId the highest of the peer's streams that may have been acted on */
export function goAwayFrame(lastStreamId: number, code: number): Buffer {
  return frame(TYPE.GOAWAY, 0, 0, Buffer.concat([uint32(lastStreamId), uint32(code)]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
