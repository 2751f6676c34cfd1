#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { helpText } from './config/help.ts';
import { MAX_WORKERS } from './config/values.ts';
import {
  type Config,
  configReference,
  type Invocation,
  readInvocation,
  strayVariables,
} from './config.ts';
import { SallyportError } from './errors.ts';
import type { Gateway } from './gateway.ts';
import { createLogger, type Logger } from './log.ts';
import { VERSION } from './version.ts';
import { createEnding, FAILED } from './workers/ending.ts';

/** The shell's exit code for it. */
const WRONG_USAGE = 2;

// Whoever reads the output may go away (`npm start | head`); that is no reason to end.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

// Node would verify nobody's certificate: no cluster's, no webhook's, no database's. Whoever trusts
// another CA names it.
const { NODE_TLS_REJECT_UNAUTHORIZED: unverified } = process.env;
delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;

const invocation = readOrExit();
if (invocation.command === 'serve') await serve(invocation.config);
else if (invocation.command === 'backup') await backUp(invocation);
else if (invocation.command === 'restore') await restore(invocation.file, invocation.config);
else if (invocation.command === 'accept-clock') await acceptClock(invocation.config);
else if (invocation.command === 'reset-password')
  await resetPassword(invocation.config, invocation.username);
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
  for (const why of strayVariables(process.env)) logger.warn(why);
  if (unverified !== undefined) {
    const instead = 'NODE_EXTRA_CA_CERTS names a file of further CAs';
    logger.warn(`NODE_TLS_REJECT_UNAUTHORIZED has no effect on Sallyport: ${instead}`);
  }
  let gateway: Gateway | undefined;
  const ending = createEnding(async () => gateway?.stop(), config.shutdownGrace, logger);

  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const)
    process.on(signal, () => {
      // Asked a second time, or before there is anything to lose: at once.
      if (ending.begun() || !gateway) process.exit(128 + number);
      logger.info({ signal }, 'Stopping.');
      ending.begin(0);
    });

  try {
    gateway = await start(config, logger);
  } catch (error) {
    logger.debug({ err: error }, 'The start failed.');
    complain(error);
    process.exit(FAILED);
  }
  const { url, httpUrl, setupUrl } = gateway;
  const database = config.databaseUrl === undefined ? 'SQLite' : 'PostgreSQL';
  const about = { version: VERSION, url, httpUrl, database, dataDir: config.dataDir };
  logger.info(about, 'Sallyport is ready.');
  const lines = [
    `Listening on ${url}`,
    ...(httpUrl === undefined ? [] : [`Listening on ${httpUrl}`]),
    ...(setupUrl === undefined ? [] : [`Set up: ${setupUrl}`]),
  ];
  // All in one piece: a script that has read the first line has the others too.
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** Makes a backup, and says so in one line. */
async function backUp(asked: Extract<Invocation, { command: 'backup' }>): Promise<void> {
  const { config, to, passphraseFile, keep, withAudit } = asked;
  const { backUp: make } = await import('./gateway/backup.ts');
  const begun = performance.now();
  try {
    const options = { to, passphraseFile, keep, withAudit };
    const { path, bytes, removed } = await make(config, options, createLogger(config.logLevel));
    const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
    const gone = removed.length === 0 ? '' : `, ${removed.length} older removed`;
    process.stdout.write(`${path}: ${bytes} bytes in ${seconds} s${gone}\n`);
  } catch (error) {
    complain(error, 'The backup failed');
    process.exit(FAILED);
  }
}

/** Puts a backup into an empty data folder, or into an empty database. */
async function restore(file: string, config: Config): Promise<void> {
  const { dataDir } = config;
  const { restore: put } = await import('./gateway/backup.ts');
  try {
    const passphrase = await askSecret('Passphrase of the backup');
    const names = await put(config, file, passphrase, createLogger(config.logLevel));
    const into = config.databaseUrl === undefined ? dataDir : `${dataDir} and the database`;
    process.stdout.write(`Restored into ${into}: ${names.join(', ')}\n`);
    if (!names.includes('key'))
      process.stdout.write('It was made with SALLYPORT_SECRET_KEY: start with the same one.\n');
  } catch (error) {
    complain(error, 'Nothing was restored');
    process.exit(FAILED);
  }
}

/** Lets in an admin who has lost their password. */
async function resetPassword(config: Config, username: string): Promise<void> {
  const { resetPassword: reset } = await import('./gateway/resetPassword.ts');
  try {
    const password = await askSecret(`New password of ${username}`);
    const logger = createLogger(config.logLevel);
    const { secondFactorRemoved } = await reset(config, username, password, logger);
    process.stdout.write(
      `${username} has a new password, and is signed out everywhere. Kubeconfigs and API tokens go on.\n`,
    );
    if (secondFactorRemoved)
      process.stdout.write(
        'Their second factor is removed too: the password alone lets them in until they set one up.\n',
      );
  } catch (error) {
    complain(error);
    process.exit(FAILED);
  }
}

/** Takes the machine's clock as it is. */
async function acceptClock(config: Config): Promise<void> {
  const { acceptClock: accept } = await import('./gateway/acceptClock.ts');
  try {
    const ended = await accept(config, createLogger(config.logLevel));
    process.stdout.write(
      ended
        ? `The clock is taken as it is. Of what was made by the later time, ${ended.sessions} sign-ins, ${ended.kubeconfigs} kubeconfigs and ${ended.apiTokens} API tokens have ended. Restart Sallyport: what it waits for is still counted by that time.\n`
        : 'The clock is not behind; nothing was changed.\n',
    );
  } catch (error) {
    complain(error, 'The clock was not accepted');
    process.exit(FAILED);
  }
}

/** The first line of stdin; a person at a terminal types it unseen. */
async function askSecret(what: string): Promise<string> {
  const { isTTY } = process.stdin;
  if (isTTY) process.stderr.write(`${what}: `);
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: unseen, terminal: isTTY });
  for await (const line of lines) {
    if (isTTY) process.stderr.write('\n');
    return line;
  }
  return '';
}

async function start(config: Config, logger: Logger): Promise<Gateway> {
  const workers =
    config.workers === 'auto' ? Math.min(availableParallelism(), MAX_WORKERS) : config.workers;
  // Loaded only now: --help and a wrong value need not wait for all of the program.
  if (workers === 1) {
    const { startGateway } = await import('./gateway.ts');
    return startGateway(config, logger);
  }
  const { startWorkers } = await import('./workers/supervisor.ts');
  return startWorkers(config, workers, logger);
}

/** Says on stderr why the program ends: sentences for a person, not a stack. */
function complain(error: unknown, what?: string): void {
  const [failed, more] =
    what === undefined
      ? ['Sallyport could not start', '--log-level debug tells more.']
      : [what, ''];
  const text =
    error instanceof SallyportError
      ? `${error.message}\n${error.remedy ?? ''}`
      : `${failed}: ${error instanceof Error ? error.message : String(error)}\n${more}`;
  for (const line of text.split('\n').filter((part) => part !== ''))
    process.stderr.write(`sallyport: ${line}\n`);
}
