import { Readable } from 'node:stream';
import type { AuditFilter as FilterQuery } from '@sallyport/contract';
import type { z } from 'zod';
import type { AuditFilter, WriterCounts } from '../audit/audit.ts';
import type { ApiDependencies } from './dependencies.ts';
import type { HandlersOf } from './route.ts';

/** The audit log: pages, what comes next, and a file. */
export function auditHandlers({ audit, auditCounts }: ApiDependencies): HandlersOf<'audit'> {
  return {
    'audit.list': ({ query: { limit, before, ...query } }) =>
      audit.list(filterOf(query), limit, before),
    'audit.tail': ({ query: { limit, after, ...query } }, reply) => {
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      return audit.tail(filterOf(query), limit, after, gone.signal);
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
    'audit.export': ({ query: { format, ...query } }, reply) => {
      const day = new Date().toISOString().slice(0, 10);
      reply
        .header('content-disposition', `attachment; filename="sallyport-audit-${day}.${format}"`)
        .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8');
      return Readable.from(audit.export(filterOf(query), format), { objectMode: false });
    },
  };
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
