/** The program of one worker: a whole gateway, on a port that it shares with the others. */
import { once } from 'node:events';
import { type Gateway, startGateway } from '../gateway.ts';
import { createLogger } from '../log.ts';
import { createChannels } from './channels.ts';
import { createEnding, FAILED } from './ending.ts';
import { type FromWorker, packError, type ToWorker } from './messages.ts';

// A terminal sends Ctrl-C to workers too, but it is for the supervisor to say what it means.
process.on('SIGINT', () => {});
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const [start] = (await once(process, 'message')) as [ToWorker];
if (start.kind !== 'start')
  throw new Error(`A worker was told ${start.kind} before it was started.`);
const { place, workers, first, config } = start;
const logger = createLogger(config.logLevel).child({ worker: place });
const channels = createChannels(tell);
let gateway: Gateway | undefined;
const ending = createEnding(
  async () => {
    // Before anything takes time: the supervisor starts the next one for this place.
    tell({ kind: 'draining' });
    await gateway?.stop();
  },
  config.shutdownGrace,
  logger,
);
process.on('SIGTERM', () => ending.begin(0));
process.on('message', (message: ToWorker) => {
  if (message.kind === 'stop') ending.begin(0);
  else if (message.kind === 'channel') channels.deliver(message);
});

try {
  const leads = place === 0;
  gateway = await startGateway(config, logger, {
    ...{ workers, leads, issuesSetupToken: leads && first },
    openChannel: channels.open,
  });
  const { url, httpUrl, setupUrl } = gateway;
  tell({ kind: 'ready', url, httpUrl, setupUrl });
} catch (error) {
  // At the first start the supervisor says why, and ends.
  logger[first ? 'debug' : 'error']({ err: error }, 'The start failed.');
  tell({ kind: 'failed', failure: packError(error) }, () => process.exit(FAILED));
}

/** Without a supervisor there is nobody to tell; node:cluster ends this process then. */
function tell(message: FromWorker, sent: () => void = () => {}): void {
  if (process.connected) process.send?.(message, undefined, undefined, sent);
}
