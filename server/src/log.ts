import {
  type DestinationStream,
  destination,
  type Logger,
  pino,
  stdSerializers,
  stdTimeFunctions,
} from 'pino';

export type { Logger } from 'pino';

/**
 * Makes the logger: one JSON object a line, on stderr, so that stdout stays for the few lines that
 * scripts read.
 *
 * Nothing may log a token, password, key or cookie. The lists below are a second lock: these fields
 * are blanked wherever they stand at the top of a line or one step below, and of an error no more is
 * written than what every error has.
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
      serializers: { err: describe },
      redact: {
        paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]),
        censor: '[secret]',
      },
    },
    output,
  );
}

/**
 * Of an error. Libraries hang on it what they had in hand: node:http the request that could not be read,
 * with its credential; database drivers a connection with its settings.
 */
const ERROR_FIELDS = ['type', 'message', 'stack', 'code', 'errcode'] as const;

function describe(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const whole = stdSerializers.err(error);
  const kept = ERROR_FIELDS.filter((field) => whole[field] !== undefined);
  return {
    ...Object.fromEntries(kept.map((field) => [field, whole[field]])),
    // Such as one for each address of a host, which says nothing itself.
    ...(error instanceof AggregateError ? { errors: error.errors.map(String) } : {}),
  };
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
