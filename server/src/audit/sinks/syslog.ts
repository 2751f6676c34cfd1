import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { connect as connectTls } from 'node:tls';
import type { AuditRecord } from '../record.ts';
import type { Delivery } from './sink.ts';

export type SyslogOptions =
  | { readonly protocol: 'udp' | 'tcp' | 'tls'; readonly host: string; readonly port: number }
  | { readonly protocol: 'unix'; readonly path: string };

/** RFC 5424, 6.2.1: facility 13 (log audit), severity 6 (informational) or 5 (notice). */
const DONE = 13 * 8 + 6;
const REFUSED = 13 * 8 + 5;
const BATCH = 200;
const TIMEOUT_MS = 10_000;

/** Sends events as RFC 5424 messages, each the JSON of an `audit.k8s.io/v1` Event. */
export function createSyslogDelivery(options: SyslogOptions): Delivery {
  return options.protocol === 'udp' ? overUdp(options) : overStream(options);
}

/** A message (RFC 5424, 6). What the header holds is ASCII; the event is UTF-8. */
export function syslogMessage(record: AuditRecord, host: string, pid: number): Buffer {
  const priority = record.common.status >= 400 ? REFUSED : DONE;
  const time = new Date(record.time).toISOString();
  return Buffer.from(`<${priority}>1 ${time} ${host} sallyport ${pid} audit - ${record.event}`);
}

function messagesOf(records: readonly AuditRecord[]): Buffer[] {
  const host =
    hostname()
      .replace(/[^\x21-\x7e]/g, '_')
      .slice(0, 255) || '-';
  return records.map((record) => syslogMessage(record, host, process.pid));
}

/** A datagram a message (RFC 5426). Nobody says whether it has arrived. */
function overUdp({ host, port }: { host: string; port: number }): Delivery {
  let socket: UdpSocket | undefined;
  return {
    name: 'syslog',
    batch: BATCH,
    async send(records) {
      if (socket === undefined) {
        socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
        socket.on('error', () => {});
        socket.unref();
      }
      const open = socket;
      for (const message of messagesOf(records)) {
        await new Promise<void>((resolve, reject) => {
          open.send(message, port, host, (error) => (error ? reject(error) : resolve()));
        });
      }
    },
    close() {
      socket?.close();
    },
  };
}

/** One message after the other, each with its length in front (RFC 6587, 3.4.1; RFC 5425). */
function overStream(options: Exclude<SyslogOptions, { protocol: 'udp' }>): Delivery {
  let socket: Socket | undefined;

  async function connected(signal: AbortSignal): Promise<Socket> {
    if (socket && !socket.destroyed && socket.writable) return socket;
    const made = connect(options);
    socket = made;
    made.unref();
    made.setTimeout(TIMEOUT_MS, () => made.destroy(new Error('the syslog server is silent')));
    const ready = options.protocol === 'tls' ? 'secureConnect' : 'connect';
    try {
      await once(made, ready, { signal });
    } catch (error) {
      made.destroy();
      throw error;
    }
    // Waiting for the next event is no silence.
    made.setTimeout(0);
    made.on('error', () => {});
    // A server that closes is seen here, and not by the loss of what is sent next.
    made.on('end', () => made.destroy());
    made.resume();
    return made;
  }

  return {
    name: 'syslog',
    batch: BATCH,
    async send(records, signal) {
      const to = await connected(signal);
      const frames = messagesOf(records).flatMap((message) => [
        Buffer.from(`${message.length} `),
        message,
      ]);
      await new Promise<void>((resolve, reject) => {
        const giveUp = (error: unknown) => {
          to.destroy();
          reject(error);
        };
        const stopped = () => giveUp(signal.reason);
        const late = setTimeout(
          () => giveUp(new Error('the syslog server takes nothing')),
          TIMEOUT_MS,
        );
        signal.addEventListener('abort', stopped, { once: true });
        to.write(Buffer.concat(frames), (error) => {
          clearTimeout(late);
          signal.removeEventListener('abort', stopped);
          if (error) reject(error);
          else resolve();
        });
      });
    },
    close() {
      socket?.destroySoon();
    },
  };
}

function connect(options: Exclude<SyslogOptions, { protocol: 'udp' }>): Socket {
  if (options.protocol === 'unix') return connectTcp({ path: options.path });
  const { host, port } = options;
  return options.protocol === 'tls'
    ? connectTls({ host, port, servername: host })
    : connectTcp({ host, port });
}
