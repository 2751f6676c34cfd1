import type { Logger } from '../../store/store.ts';
import { createFileDelivery, type FileOptions } from './file.ts';
import { createSink, type Delivery, type Sink } from './sink.ts';
import { createSyslogDelivery, type SyslogOptions } from './syslog.ts';
import { createWebhookDelivery, type WebhookOptions } from './webhook.ts';

/** The sinks that an operator has asked for; absent ones are off. */
export interface SinkConfig {
  readonly file: FileOptions | undefined;
  readonly webhook: WebhookOptions | undefined;
  readonly syslog: SyslogOptions | undefined;
}

export function createSinks({ file, webhook, syslog }: SinkConfig, logger: Logger): Sink[] {
  const deliveries: Delivery[] = [
    ...(file ? [createFileDelivery(file)] : []),
    ...(webhook ? [createWebhookDelivery(webhook)] : []),
    ...(syslog ? [createSyslogDelivery(syslog)] : []),
  ];
  return deliveries.map((delivery) => createSink(delivery, { logger }));
}
