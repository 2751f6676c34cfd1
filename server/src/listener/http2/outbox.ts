/**
 * What goes out on a session: frames in the order in which they were made, DATA as the windows of the
 * client and its socket let. When it goes out is decided here: at once where nothing else can join
 * it, and else at the end of the turn, so that the answers of one turn share a write.
 */
import type { Duplex } from 'node:stream';
import { DEFAULT_WINDOW, MAX_FRAME } from '../../http2/frames.ts';
import { encodeText } from '../../http2/hpackEncoder.ts';
import { FrameOutput } from './output.ts';

/** Who has more to send than may go now. */
export interface Sender {
  readonly id: number;
  /** Bytes that the client takes on this stream. */
  sendWindow: number;
  /** Sends one frame of what waits. @returns false where its own window is shut */
  pump(): boolean;
}

/** Bytes that a client leaves unread before it is not read either: whoever only asks waits. */
const MAX_UNREAD = 256 * 1024;
/** Bytes up to which waiting for others to join is not worth a turn. */
const SHORT = 16 * 1024;
/** A window that shuts within so many bytes makes more frames than answers (CVE-2019-9511). */
const DRIBBLE = 64;

/** Those that are to be let go of at the end of the turn, and of the callback that runs. */
let due: Outbox[] = [];
let dueSooner: Outbox[] = [];

function letAllGo(): void {
  const outboxes = due;
  due = [];
  for (const outbox of outboxes) outbox.flush();
}

function letSomeGo(): void {
  const outboxes = dueSooner;
  dueSooner = [];
  for (const outbox of outboxes) outbox.flush();
}

export class Outbox {
  /** Bytes that the client takes on all streams together. */
  window = DEFAULT_WINDOW;
  /** Bytes kept here: of answers that the client does not take, and of bodies that nobody reads. */
  held = 0;
  /** Set while a read is under way, after which everything is let go of. */
  reading = false;
  /** A window has shut on a piece so small that it may be meant to. */
  dribbled = false;
  readonly #socket: Duplex;
  readonly #output: FrameOutput;
  readonly #waiting = new Set<Sender>();
  /** The socket takes no more for now. */
  #congested = false;
  #paused = false;
  #due = false;
  #dueSooner = false;
  /** The next header block must say that there is no dynamic table. */
  #announce = true;

  constructor(socket: Duplex) {
    this.#socket = socket;
    this.#output = new FrameOutput(socket);
  }

  get congested(): boolean {
    return this.#congested;
  }

  /** The client has changed the size of its table (RFC 7541 §4.2). */
  announce(): void {
    this.#announce = true;
  }

  /** Sends a frame that no window holds back. */
  control(frame: Buffer): void {
    this.#output.frame(frame);
    this.#later();
  }

  /** @param fields names in lower case and values in turn @param more another head follows: a 1xx */
  head(streamId: number, fields: readonly string[], more: boolean): void {
    const block = encodeText(fields, this.#announce);
    this.#announce = false;
    this.#output.headers(streamId, block, false, !more);
  }

  trailers(streamId: number, fields: readonly string[]): void {
    const block = encodeText(fields, this.#announce);
    this.#announce = false;
    this.#output.headers(streamId, block, true, false);
  }

  endStream(streamId: number): void {
    this.#output.endStream(streamId);
  }

  /**
   * Sends as much of a chunk as may go.
   *
   * @returns up to where it has gone
   */
  data(sender: Sender, chunk: Buffer, from: number, most = chunk.length): number {
    let at = from;
    const end = Math.min(chunk.length, from + most);
    while (at < end && !this.#congested) {
      const open = Math.min(sender.sendWindow, this.window);
      if (open <= 0) break;
      const size = this.#output.data(sender.id, chunk, at, Math.min(end - at, open));
      at += size;
      sender.sendWindow -= size;
      this.window -= size;
      if (size === open && size < DRIBBLE && at < chunk.length) this.dribbled = true;
      if (this.#output.length >= MAX_FRAME * 3) this.flush();
    }
    return at;
  }

  /** Tells a sender when more may go. */
  wait(sender: Sender): void {
    this.#waiting.add(sender);
  }

  forget(sender: Sender): void {
    this.#waiting.delete(sender);
  }

  /** Windows have opened, or the socket: lets those go on who wait, in turn. */
  pump(): void {
    let moved = true;
    while (moved && !this.#congested && this.#waiting.size > 0) {
      moved = false;
      for (const sender of [...this.#waiting]) {
        if (this.#congested) break;
        // Behind the others, so that none is served before all have been.
        if (!this.#waiting.delete(sender)) continue;
        this.#waiting.add(sender);
        if (sender.pump()) moved = true;
      }
    }
    this.#later();
  }

  /** The client takes so much more on all streams together. */
  open(increment: number): void {
    const shut = this.window <= 0;
    this.window += increment;
    if (shut && this.window > 0) this.pump();
  }

  /** The client takes so much more on one stream. */
  openOne(sender: Sender, increment: number): void {
    const shut = sender.sendWindow <= 0;
    sender.sendWindow += increment;
    if (!shut || sender.sendWindow <= 0) return;
    while (!this.#congested && this.#waiting.has(sender) && sender.pump());
    this.#later();
  }

  /** Lets go of what waits, now or soon. @param alone no other stream could join it */
  letGo(alone: boolean): void {
    if (alone && !this.reading && this.#output.length <= SHORT) this.flush();
    else this.#later();
  }

  /**
   * Lets go of what waits as soon as the callback that runs has ended: events of many streams come in
   * one read of an API server, and a whole turn is long for one that comes alone.
   */
  letGoSoon(): void {
    if (this.reading || this.#dueSooner || this.#output.length === 0) return;
    this.#dueSooner = true;
    if (dueSooner.push(this) === 1) process.nextTick(letSomeGo);
  }

  flush(): void {
    this.#due = false;
    this.#dueSooner = false;
    if (this.#output.length === 0) return;
    if (!this.#output.flush()) this.#congested = true;
    if (this.#paused || this.#socket.writableLength <= MAX_UNREAD) return;
    this.#paused = true;
    this.#socket.pause();
  }

  /** The socket takes more again. */
  onDrain(): void {
    this.#congested = false;
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
    this.pump();
  }

  #later(): void {
    if (this.reading || this.#due || this.#output.length === 0) return;
    this.#due = true;
    if (due.push(this) === 1) setImmediate(letAllGo);
  }
}
