import { randomUUID } from 'node:crypto';
import { type Act, createAudit } from '../audit/audit.ts';
import { createSinks } from '../audit/sinks/configured.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { openAuditDatabase } from '../store/auditDatabase.ts';
import { sinkConfig } from './sinkConfig.ts';

/**
 * Writes into the audit log what a command has done: by nobody who has signed in. A Sallyport that
 * runs on the same data need not be stopped.
 *
 * @param command its name, as in `sallyport reset-password`
 * @returns once it is written, everywhere that it is kept
 * @throws audit.unavailable, and what opening the log throws
 */
export async function recordOffline(
  config: Config,
  command: string,
  { verb, object, details }: Pick<Act, 'verb' | 'object' | 'details'>,
  logger: Logger,
): Promise<void> {
  const { dataDir, databaseUrl } = config;
  const audit = createAudit({
    database: await openAuditDatabase({ dataDir, databaseUrl, logger }),
    sinks: createSinks(sinkConfig(config), logger),
    environmentName: () => undefined,
    ...{ maxAge: () => 0, maxEvents: () => 0, maxBytes: () => 0, overflow: () => 'wait' },
    logger,
  });
  const at = Date.now();
  const act: Act = {
    requestId: randomUUID(),
    ...{ receivedAt: at, at, method: '', uri: '' },
    ...{ verb, object, details },
    person: null,
    by: undefined,
    ...{ address: '', userAgent: `sallyport ${command}` },
    ...{ status: 200, code: null },
  };
  try {
    await audit.act(act);
  } finally {
    await audit.close();
  }
}
