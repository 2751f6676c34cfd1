/**
 * Where in a watch an event has ended, and one more event that says why the watch does. Events are
 * not read: in JSON each is a line; in protobuf each has its length in front; in CBOR each is an item.
 */
import { type SallyportError, toStatus } from '../errors.ts';
import { statusItem } from './cbor.ts';
import { CborSequence } from './cborSequence.ts';
import { statusMessage } from './protobuf.ts';

export interface WatchEvents {
  /** Tells of bytes that were sent. */
  push(chunk: Buffer): void;
  /** Whether an event of ours can follow what was sent. */
  readonly between: boolean;
  /** Makes an `ERROR` event, which client-go hands on as an error (apimachinery, pkg/watch). */
  error(error: SallyportError): Buffer;
}

/**
 * Tells how the events of a watch follow each other.
 *
 * @param fields the headers of the answer: names in lower case and values, in turn
 * @returns undefined where it is compressed or of another format: nothing can be added to that
 */
export function watchEvents(fields: readonly string[]): WatchEvents | undefined {
  let type = '';
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === 'content-encoding') return undefined;
    if (fields[i] === 'content-type') type = fields[i + 1] ?? '';
  }
  if (type.startsWith('application/json')) return new JsonEvents();
  if (type.startsWith('application/vnd.kubernetes.protobuf') && type.includes('stream=watch')) {
    return new ProtobufEvents();
  }
  if (type.startsWith('application/cbor-seq')) return new CborEvents();
  return undefined;
}

const LF = 0x0a;

class JsonEvents implements WatchEvents {
  between = true;

  push(chunk: Buffer): void {
    if (chunk.length > 0) this.between = chunk[chunk.length - 1] === LF;
  }

  error(error: SallyportError): Buffer {
    return Buffer.from(`${JSON.stringify({ type: 'ERROR', object: toStatus(error) })}\n`);
  }
}

/** Bytes of a length, the most significant first (apimachinery, pkg/util/framer). */
const LENGTH = 4;

class ProtobufEvents implements WatchEvents {
  /** Bytes of the event under way that are still to come. */
  #left = 0;
  /** The length under way, and how many of its bytes there are. */
  #length = 0;
  #digits = 0;

  get between(): boolean {
    return this.#left === 0 && this.#digits === 0;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
        continue;
      }
      this.#length = this.#length * 256 + (chunk[at++] ?? 0);
      if (++this.#digits < LENGTH) continue;
      this.#left = this.#length;
      this.#length = 0;
      this.#digits = 0;
    }
  }

  error(error: SallyportError): Buffer {
    const event = statusMessage(toStatus(error));
    const length = Buffer.alloc(LENGTH);
    length.writeUInt32BE(event.length);
    return Buffer.concat([length, event]);
  }
}

class CborEvents implements WatchEvents {
  readonly #items = new CborSequence();

  get between(): boolean {
    return this.#items.between;
  }

  push(chunk: Buffer): void {
    this.#items.push(chunk);
  }

  error(error: SallyportError): Buffer {
    return statusItem(toStatus(error));
  }
}
