import { openAuditDatabase } from '../store/auditDatabase.ts';
import { createAudit } from './audit.ts';
import { anAct, aRequest, silent } from './testing.ts';

/**
 * Records acts and requests for ever, and says of each act that it is written and of each request
 * when it was told: for durability.test.ts, which kills this process.
 *
 * Arguments: a name for its events, the data directory, and the database's URL if there is one.
 */
const [name, dataDir = '', databaseUrl] = process.argv.slice(2);
const audit = createAudit({
  database: await openAuditDatabase({ dataDir, databaseUrl, logger: silent }),
  sinks: [],
  environmentName: () => undefined,
  maxAge: () => 0,
  maxEvents: () => 1_000_000,
  maxBytes: () => 0,
  overflow: () => 'wait',
  logger: silent,
});
const say = (line: string) => process.stdout.write(`${line}\n`);
let n = 0;
setInterval(() => {
  const requestId = `${name}-r${n++}`;
  audit.request(aRequest({ requestId, at: Date.now() }));
  say(`told ${Date.now()} ${requestId}`);
}, 1);
for (;;) {
  const requestId = `${name}-a${n++}`;
  await audit.act(anAct({ requestId, at: Date.now() }));
  say(`written ${Date.now()} ${requestId}`);
  // So that requests have to wait for the window, not for an act that takes them along.
  await new Promise((resolve) => setTimeout(resolve, 400 + Math.random() * 800));
}
