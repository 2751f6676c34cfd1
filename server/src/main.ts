#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { helpText } from './config/help.ts';
import { type Config, configReference, type Invocation, readInvocation } from './config.ts';
import { SallyportError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { createLogger, type Logger } from './log.ts';
import { VERSION } from './version.ts';

/** Exit codes: the shell's for wrong usage, and the one for everything else. */
const WRONG_USAGE = 2;
const FAILED = 1;

/** How long stopping may take beyond the grace of requests before it is given up. */
const STOP_MARGIN_MS = 10_000;

// Whoever reads the output may go away (`npm start | head`); that is no reason to end.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const invocation = readOrExit();
if (invocation.command === 'serve') await serve(invocation.config);
else
  process.stdout.write(
    invocation.command === 'help' ? helpText(configReference()) : `${VERSION}\n`,
  );

function readOrExit(): Invocation {
  try {
    return readInvocation({
      argv: process.argv.slice(2),
      env: process.env,
      cwd: process.cwd(),
      readFile: (path) => readFileSync(path, 'utf8'),
    });
  } catch (error) {
    complain(error);
    process.exit(WRONG_USAGE);
  }
}

/** Runs the gateway until a signal or a fault ends it. */
async function serve(config: Config): Promise<void> {
  const logger = createLogger(config.logLevel);
  let gateway: Gateway | undefined;
  let stopping = false;

  async function stop(exitCode: number): Promise<void> {
    stopping = true;
    setTimeout(() => {
      logger.error('Stopping took too long and is given up.');
      process.exit(FAILED);
    }, config.shutdownGrace + STOP_MARGIN_MS).unref();
    await gateway?.stop();
    process.exit(exitCode);
  }

  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.on(signal, () => {
      // Asked a second time, or before there is anything to lose: at once.
      if (stopping || !gateway) process.exit(128 + number);
      logger.info({ signal }, 'Stopping.');
      stop(0).catch((error) => crash(error));
    });

  /** After a fault that nothing caught, nobody knows what state is left: end, and be started anew. */
  function crash(err: unknown): void {
    logger.error({ err }, 'A fault that nothing caught ends Sallyport.');
    if (!stopping) stop(FAILED).catch(() => process.exit(FAILED));
  }
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  try {
    gateway = await start(config, logger);
  } catch (error) {
    logger.debug({ err: error }, 'The start failed.');
    complain(error);
    process.exit(FAILED);
  }
  const { url, httpUrl, setupUrl } = gateway;
  const lines = [
    `Listening on ${url}`,
    ...(httpUrl === undefined ? [] : [`Listening on ${httpUrl}`]),
    ...(setupUrl === undefined ? [] : [`Set up: ${setupUrl}`]),
  ];
  // All in one piece: a script that has read the first line has the others too.
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function start(config: Config, logger: Logger): Promise<Gateway> {
  // Loaded only now: --help and a wrong value need not wait for all of the program.
  const { startGateway } = await import('./gateway.ts');
  return startGateway(config, logger);
}

/** Says on stderr why the program ends: sentences for a person, not a stack. */
function complain(error: unknown): void {
  const text =
    error instanceof SallyportError
      ? `${error.message}\n${error.remedy ?? ''}`
      : `Sallyport could not start: ${error instanceof Error ? error.message : String(error)}\n--log-level debug tells more.`;
  for (const line of text.split('\n').filter((part) => part !== ''))
    process.stderr.write(`sallyport: ${line}\n`);
}
