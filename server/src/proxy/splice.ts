/** Two sockets made one: what comes out of the one goes into the other, until either ends. */
import type { Duplex } from 'node:stream';
import { loanOf } from './upstream/loan.ts';

export interface SpliceWatcher {
  fromClient(chunk: Buffer): void;
  toClient(chunk: Buffer): void;
  /** Both sockets are closed, or as good as. Called once. */
  onClose(): void;
}

/**
 * Milliseconds that one side has to take what is under way once the other has ended. SPDY and the
 * WebSocket protocols of Kubernetes have a half-close of their own inside, so the end of either
 * socket means the end of both, and neither must stay half open.
 */
const LINGER = 5_000;

/**
 * Splices two sockets. Both are closed in the end, whatever happens to either.
 *
 * @param client paused or not yet read
 * @param upstream likewise
 */
export function splice(client: Duplex, upstream: Duplex, watcher: SpliceWatcher): void {
  let timer: NodeJS.Timeout | undefined;
  let open = 2;

  const closed = () => {
    open--;
    if (open > 0) return;
    clearTimeout(timer);
    watcher.onClose();
  };
  const ending = () => {
    timer ??= setTimeout(() => {
      client.destroy();
      upstream.destroy();
    }, LINGER);
  };
  const join = (from: Duplex, to: Duplex, tap: (chunk: Buffer) => void) => {
    from.on('data', (chunk: Buffer) => {
      tap(chunk);
      if (to.destroyed || !to.writable) return;
      if (!to.write(chunk, loanOf(chunk)?.give)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => {
      ending();
      to.end();
    });
    // The error is followed by 'close'; without a listener it would end the process.
    from.on('error', () => {});
    from.on('close', () => {
      closed();
      if (to.destroyed) return;
      ending();
      to.end(() => to.destroy());
      // It may be paused for a reader that is gone, and would then never see its own end.
      to.resume();
    });
  };
  join(client, upstream, (chunk) => watcher.fromClient(chunk));
  join(upstream, client, (chunk) => watcher.toClient(chunk));
  // What closed before there were listeners will not say so again.
  if (client.destroyed) upstream.destroy();
  if (upstream.destroyed) client.destroy();
  for (const socket of [client, upstream]) if (socket.closed) closed();
  client.resume();
  upstream.resume();
}
