/** For tests: frames as others see them. */

import { FLAG, frame, TYPE } from './frames.ts';
import { encodeFields } from './hpackEncoder.ts';

export interface SeenFrame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** Splits frames without judging them. */
export function splitFrames(bytes: Buffer): SeenFrame[] {
  const frames: SeenFrame[] = [];
  for (let at = 0; at + 9 <= bytes.length; ) {
    const size = bytes.readUIntBE(at, 3);
    if (at + 9 + size > bytes.length) break;
    frames.push({
      type: bytes[at + 3] ?? 0,
      flags: bytes[at + 4] ?? 0,
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, at + 9 + size),
    });
    at += 9 + size;
  }
  return frames;
}

/** A HEADERS frame that holds its whole block. */
export function headers(streamId: number, fields: readonly string[], flags = 0): Buffer {
  return frame(TYPE.HEADERS, FLAG.END_HEADERS | flags, streamId, encodeFields(fields, false));
}

export function data(streamId: number, bytes: string | Buffer, flags = 0): Buffer {
  return frame(TYPE.DATA, flags, streamId, Buffer.from(bytes as string));
}
