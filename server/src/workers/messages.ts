import type { Config } from '../config.ts';
import { type ErrorCode, type ErrorParams, fail, SallyportError } from '../errors.ts';

/** What the supervisor tells a worker. */
export type ToWorker =
  | {
      readonly kind: 'start';
      /** Its place, from 0; the one that takes its place has the same. */
      readonly place: number;
      /** How many there are. */
      readonly workers: number;
      /** False where it takes the place of one that ended. */
      readonly first: boolean;
      /** As the supervisor read it, so that a file edited meanwhile makes no two workers differ. */
      readonly config: Config;
    }
  | { readonly kind: 'stop' }
  | ChannelMessage;

/** What a worker tells the supervisor. */
export type FromWorker =
  | ({ readonly kind: 'ready' } & Ready)
  /** It could not start, and ends. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  /** It takes no more connections, and ends when those that it has are done. */
  | { readonly kind: 'draining' }
  | ChannelMessage;

/** Passed on to all other workers, by the supervisor, which does not look into it. */
export interface ChannelMessage {
  readonly kind: 'channel';
  readonly name: string;
  readonly message: unknown;
}

/** A worker's port is open. */
export interface Ready {
  readonly url: string;
  readonly httpUrl: string | undefined;
  /** Of one worker at the first start, while there is no admin. Holds a token. */
  readonly setupUrl: string | undefined;
}

/** An error on its way between processes, where classes are lost. */
export type Failure =
  | { readonly code: ErrorCode; readonly params: ErrorParams }
  | { readonly code: undefined; readonly text: string };

export function packError(error: unknown): Failure {
  if (error instanceof SallyportError) return { code: error.code, params: error.params };
  return { code: undefined, text: error instanceof Error ? error.message : String(error) };
}

export function unpackError(failure: Failure): Error {
  return failure.code === undefined ? new Error(failure.text) : fail(failure.code, failure.params);
}
