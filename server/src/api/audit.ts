import { Readable } from 'node:stream';
import type { AuditFilter as FilterQuery } from '@sallyport/contract';
import type { z } from 'zod';
import type { AuditFilter, WriterCounts } from '../audit/audit.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';
import { createStillAdmin, type StillAdmin } from './stillAdmin.ts';

/** The audit log: pages, what comes next, and a file. */
export function auditHandlers(dependencies: ApiDependencies): HandlersOf<'audit'> {
  const { audit, auditCounts } = dependencies;
  const whileAdmin = createStillAdmin(dependencies);
  return {
    'audit.list': ({ query: { limit, before, ...query } }) =>
      audit.list(filterOf(query), limit, before),
    'audit.tail': async (request, reply) => {
      const { limit, after, ...query } = request.query;
      const admin = whileAdmin(request, reply);
      const news = await audit.tail(filterOf(query), limit, after, admin.signal);
      await admin.check();
      return news;
    },
    'audit.histogram': async ({ query }) => {
      const { widthMs, bars } = await audit.histogram(filterOf(query));
      return {
        widthSeconds: widthMs / 1_000,
        bars: bars.map(({ start, ...bar }) => ({ start: new Date(start).toISOString(), ...bar })),
      };
    },
    'audit.usage': async () => {
      const [{ events, bytes, oldest }, all] = await Promise.all([audit.size(), auditCounts()]);
      const sum = (of: (counts: WriterCounts) => number) =>
        all.reduce((total, counts) => total + of(counts), 0);
      return {
        ...{ events, bytes, oldest: oldest === null ? null : new Date(oldest).toISOString() },
        waiting: sum(({ waiting }) => waiting),
        dropped: sum(({ overflowed, unwritable }) => overflowed + unwritable),
        refusedStrangers: sum(({ strangers }) => strangers),
      };
    },
    'audit.export': (request, reply) => {
      const { format, ...query } = request.query;
      const day = new Date().toISOString().slice(0, 10);
      reply
        .header('content-disposition', `attachment; filename="sallyport-audit-${day}.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8');
      const admin = whileAdmin(request, reply);
      const text = checked(audit.export(filterOf(query), format), admin);
      const file = Readable.from(text, { objectMode: false });
      // Also where whoever reads it is slow: what waits for them is not sent any more.
      admin.signal.addEventListener('abort', () => file.destroy(admin.why()));
      return file;
    },
  };
}

/** A text as long as whoever asked for it may have it. */
async function* checked(text: AsyncIterable<string>, admin: StillAdmin): AsyncGenerator<string> {
  for await (const piece of text) {
    await admin.check();
    yield piece;
  }
}

function filterOf(query: Partial<z.output<typeof FilterQuery>>): AuditFilter {
  const { from, to, status, ...rest } = query;
  const statusClass = status?.endsWith('xx') ? Number(status[0]) : undefined;
  return {
    ...rest,
    from: from === undefined ? undefined : Date.parse(from),
    to: to === undefined ? undefined : Date.parse(to),
    status: status === undefined || statusClass !== undefined ? undefined : Number(status),
    statusClass,
  };
}
