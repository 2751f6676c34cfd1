import type { SinkConfig } from '../audit/sinks/configured.ts';
import type { Config } from '../config.ts';

/** Where audit events go besides the database. */
export function sinkConfig(config: Config): SinkConfig {
  const { auditFile: path, auditWebhookUrl: url, auditSyslog: syslog } = config;
  const file = {
    maxBytes: config.auditFileMaxSize,
    maxAgeMs: config.auditFileMaxAge,
    keep: config.auditFileKeep,
  };
  return {
    file: path === undefined ? undefined : { path, ...file },
    webhook: url === undefined ? undefined : { url, token: config.auditWebhookToken },
    syslog,
  };
}
