/** For tests: what a session's server sees and says, and who waits for an answer. */
import { once } from 'node:events';
import { type Duplex, duplexPair } from 'node:stream';
import { settingsFrame } from '../../../http2/frames.ts';
import { type SeenFrame, splitFrames } from '../../../http2/testing.ts';
import type { ResponseHandler } from '../connection.ts';
import type { UpstreamFailure } from '../failure.ts';
import type { ResponseHead } from '../head.ts';
import { Session } from './session.ts';
import type { SharedStream } from './stream.ts';

export const PREFACE_LENGTH = 24;
export const HEAD = 'GET /x HTTP/1.1\r\nHost: api.test\r\nAccept: text/plain\r\n\r\n';

/** Who waits for an answer, and writes down what becomes of it. */
export class Asker implements ResponseHandler {
  readonly informational: number[] = [];
  head: ResponseHead | undefined;
  readonly body: Buffer[] = [];
  pauses = 0;
  trailers: readonly string[] | undefined;
  failure: UpstreamFailure | undefined;
  readonly stream: SharedStream;

  constructor(session: Session, head = HEAD) {
    this.stream = session.open();
    this.stream.begin(this, head);
  }

  get text(): string {
    return Buffer.concat(this.body).toString('latin1');
  }

  onInformational(head: ResponseHead): void {
    this.informational.push(head.status);
  }
  onHead(head: ResponseHead): void {
    this.head = head;
  }
  onBody(chunk: Buffer): void {
    this.body.push(Buffer.from(chunk));
  }
  onPause(): void {
    this.pauses++;
  }
  onComplete(trailers: readonly string[]): void {
    this.trailers = trailers;
  }
  onFailed(failure: UpstreamFailure): void {
    this.failure = failure;
  }
  onDrain(): void {}
}

export interface Scripted {
  readonly session: Session;
  /** The server's end of the connection. */
  readonly server: Duplex;
  /** What the session has sent so far. */
  readonly seen: () => SeenFrame[];
  /** Sends bytes, and lets them arrive. */
  readonly say: (...frames: Buffer[]) => Promise<void>;
  /** Why the session is over; undefined: it is not. */
  readonly gone: () => UpstreamFailure | undefined;
}

/** A session whose server says what the test says. @param settings the server's */
export async function scripted(
  settings: ReadonlyArray<readonly [number, number]> = [],
): Promise<Scripted> {
  const [client, server] = duplexPair();
  const chunks: Buffer[] = [];
  let failure: UpstreamFailure | undefined;
  server.on('data', (chunk: Buffer) => chunks.push(chunk));
  server.on('error', () => {});
  const session = new Session(client, {
    onReady: () => {},
    onGone: (why) => {
      failure = why;
    },
  });
  const say = async (...frames: Buffer[]): Promise<void> => {
    if (server.writable) server.write(Buffer.concat(frames));
    await settled();
  };
  await say(settingsFrame(settings));
  return {
    session,
    server,
    seen: () => splitFrames(Buffer.concat(chunks).subarray(PREFACE_LENGTH)),
    say,
    gone: () => failure,
  };
}

/** Lets what is under way between the two ends of a pair arrive. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Waits until the session has hung up. */
export async function hungUp(server: Duplex): Promise<void> {
  if (!server.readableEnded) await once(server, 'end');
}
