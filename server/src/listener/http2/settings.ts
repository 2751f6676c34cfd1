/** SETTINGS in both directions (RFC 9113 §6.5): what clients are told, and what they may say. */
import {
  CODE,
  ConnectionError,
  DEFAULT_WINDOW,
  MAX_WINDOW,
  protocolError,
  SETTING,
  settingsFrame,
  windowUpdateFrame,
} from '../../http2/frames.ts';
import type { Limits } from '../limits.ts';

/** Bytes that a client may send before they are read: for one stream, and for all of them. */
export const STREAM_WINDOW = 1_048_576;
export const CONNECTION_WINDOW = 4_194_304;
/** What SETTINGS hold when they mean something; there are six of them. */
const MAX_SETTINGS = 32;

/** What a session says first. */
export function greeting(limits: Limits): Buffer[] {
  return [
    settingsFrame([
      [SETTING.MAX_CONCURRENT_STREAMS, limits.maxConcurrentStreams],
      [SETTING.INITIAL_WINDOW_SIZE, STREAM_WINDOW],
      [SETTING.MAX_HEADER_LIST_SIZE, limits.maxHeaderSize],
    ]),
    windowUpdateFrame(0, CONNECTION_WINDOW - DEFAULT_WINDOW),
  ];
}

/** @throws ConnectionError where a client says what none may say */
export function checkSettings(settings: ReadonlyArray<readonly [id: number, value: number]>): void {
  if (settings.length > MAX_SETTINGS) {
    throw new ConnectionError(CODE.ENHANCE_YOUR_CALM, 'it has too many settings');
  }
  for (const [id, value] of settings) {
    if (id === SETTING.ENABLE_PUSH && value > 1) {
      throw protocolError('ENABLE_PUSH is neither 0 nor 1');
    }
    if (id === SETTING.INITIAL_WINDOW_SIZE && value > MAX_WINDOW) {
      throw new ConnectionError(CODE.FLOW_CONTROL_ERROR, 'a window is too large');
    }
    // Frames of ours are no larger than the least that it may be.
    if (id === SETTING.MAX_FRAME_SIZE && (value < 16_384 || value > 16_777_215)) {
      throw protocolError('a frame size is not valid');
    }
  }
}
