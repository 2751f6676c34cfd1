/** For tests: a session whose client says what the test says, and who answers it. */
import { type Duplex, duplexPair } from 'node:stream';
import { FLAG, frame, PREFACE, settingsFrame, TYPE } from '../../http2/frames.ts';
import { HpackDecoder } from '../../http2/hpackDecoder.ts';
import { headers, type SeenFrame, splitFrames } from '../../http2/testing.ts';
import { LIMITS, type Limits } from '../limits.ts';
import type { RequestHead } from './fields.ts';
import { ServerSession } from './session.ts';
import type { ServerStream } from './stream.ts';

export const ACK = frame(TYPE.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0));
export const GET = [':method', 'GET', ':scheme', 'https', ':authority', 'a.test', ':path', '/'];
export const POST = GET.with(1, 'POST');

export function uint32(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

/** A request without a body. */
export function get(streamId: number, fields: readonly string[] = []): Buffer {
  return headers(streamId, [...GET, ...fields], FLAG.END_STREAM);
}

export interface Asked {
  readonly head: RequestHead;
  readonly stream: ServerStream;
}

export interface Scripted {
  readonly session: ServerSession;
  /** The client's end of the connection. */
  readonly client: Duplex;
  /** Requests that have reached the handler. */
  readonly asked: Asked[];
  /** What handlers' callbacks have failed with. */
  readonly failures: unknown[];
  /** Replaced by a test to answer otherwise. */
  answer: (asked: Asked) => void;
  /** What the session has sent. @param from without its first SETTINGS and WINDOW_UPDATE, unless 0 */
  seen(from?: number): SeenFrame[];
  /** Sends bytes, and lets them arrive. */
  say(...frames: Buffer[]): Promise<void>;
  /** Whether the session is over, and why: undefined where it is not, or ended well. */
  over(): { readonly why: Error | undefined } | undefined;
}

export interface ScriptOptions {
  readonly limits?: Partial<Limits>;
  /** The client's. */
  readonly settings?: ReadonlyArray<readonly [number, number]>;
}

/** A session that has seen a client's preface and SETTINGS, and the acknowledgement of its own. */
export async function scripted({
  limits = {},
  settings = [],
}: ScriptOptions = {}): Promise<Scripted> {
  const [client, server] = duplexPair();
  // A socket has copied what was written once it says so; a pair hands on the same memory.
  const push = client.push.bind(client);
  client.push = (chunk: Buffer | null) => push(chunk === null ? null : Buffer.from(chunk));
  const chunks: Buffer[] = [];
  let over: { why: Error | undefined } | undefined;
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  client.on('error', () => {});
  const script: Scripted = {
    client,
    asked: [],
    failures: [],
    answer({ stream }) {
      stream.head(200, []);
      stream.end();
    },
    session: new ServerSession(server, {
      limits: { ...LIMITS, ...limits },
      handle(head, stream) {
        const asked = { head, stream };
        script.asked.push(asked);
        script.answer(asked);
      },
      onTooLarge(stream) {
        stream.head(431, []);
        stream.end();
      },
      onFailure: (error) => script.failures.push(error),
      onClosed: (why) => {
        over = { why };
      },
    }),
    seen: (from = 2) => splitFrames(Buffer.concat(chunks)).slice(from),
    async say(...frames) {
      if (client.writable) client.write(Buffer.concat(frames));
      await settled();
    },
    over: () => over,
  };
  await script.say(PREFACE, settingsFrame(settings), ACK);
  return script;
}

/** Lets what is under way between the two ends of a pair arrive. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Code of the RST_STREAM that a stream has got; undefined: none. */
export function resetOf(script: Scripted, streamId: number): number | undefined {
  return script
    .seen()
    .find(({ type, streamId: id }) => type === TYPE.RST_STREAM && id === streamId)
    ?.payload.readUInt32BE(0);
}

/** Code of the last GOAWAY; undefined: none. */
export function goAwayOf(script: Scripted): number | undefined {
  return script
    .seen()
    .filter(({ type }) => type === TYPE.GOAWAY)
    .at(-1)
    ?.payload.readUInt32BE(4);
}

/** Status of each answer so far, by stream; all header blocks have no table, so each stands alone. */
export function statuses(script: Scripted): Array<readonly [streamId: number, status: string]> {
  const decoder = new HpackDecoder(0);
  return script
    .seen()
    .filter(({ type }) => type === TYPE.HEADERS)
    .map(({ streamId, payload }) => [streamId, decoder.decode(payload, 65_536)[1] ?? ''] as const);
}

/** The bytes of one stream's DATA so far. */
export function bodyOf(script: Scripted, streamId: number): Buffer {
  return Buffer.concat(
    script
      .seen()
      .filter(({ type, streamId: id }) => type === TYPE.DATA && id === streamId)
      .map(({ payload }) => payload),
  );
}

/** Whether a stream's last frame has come. */
export function endedBy(script: Scripted, streamId: number): boolean {
  return script
    .seen()
    .some(
      ({ type, flags, streamId: id }) =>
        id === streamId &&
        (type === TYPE.DATA || type === TYPE.HEADERS) &&
        (flags & FLAG.END_STREAM) !== 0,
    );
}
