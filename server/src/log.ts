import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/**
 * Makes the logger: one JSON object a line, on stderr, so that stdout stays for the few lines that
 * scripts read.
 *
 * Nothing may log a token, password, key or cookie. The list below is a second lock: these fields
 * are blanked wherever they stand at the top of a line or one step below.
 *
 * @param level the least important level that is written; `silent` writes nothing
 * @param output where to; by default stderr, written synchronously, so that the last line before
 *   the end of the program is never lost
 */
export function createLogger(
  level: 'silent' | 'error' | 'warn' | 'info' | 'debug',
  output: DestinationStream = destination({ dest: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
        censor: '[secret]',
      },
    },
    output,
  );
}

const SECRET_FIELDS = [
  'authorization',
  'cookie',
  'credential',
  'databaseUrl',
  'key',
  'password',
  'secret',
  'secretKey',
  'token',
];
