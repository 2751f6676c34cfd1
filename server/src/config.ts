import { resolve } from 'node:path';
import { z } from 'zod';
import { COMMAND_FLAGS, COMMAND_SWITCHES, readCommand, readKeep } from './config/commands.ts';
import {
  type Arguments,
  type FileValues,
  type Found,
  strayVariables as findStray,
  type Problem,
  readArguments,
  readConfigFile,
  readVariable,
  toPath,
} from './config/sources.ts';
import {
  AddressRanges,
  Age,
  AtOnce,
  BrowsersRemember,
  DatabaseUrl,
  FileCount,
  Grace,
  Host,
  Level,
  Port,
  PortOrOff,
  PublicUrl,
  SecretKey,
  Size,
  Syslog,
  Text,
  Token,
  WebhookUrl,
  Workers,
} from './config/values.ts';
import { fail } from './errors.ts';

/** What is known of a setting besides the kind of its value. */
interface Setting {
  readonly description: string;
  /** As it would be written; absent: the setting is off. */
  readonly default?: string;
  /** Stands for the value in `--help`. */
  readonly placeholder: string;
  /** Where the name is not `SALLYPORT_` and the flag's name. */
  readonly variable?: string;
  /** Flags can be seen by every user of the machine, so a pure secret has none. */
  readonly noFlag?: true;
  /** Not repeated when wrong. */
  readonly secret?: true;
  /** A relative one is taken from the working directory, or from the folder of the file. */
  readonly path?: true;
}

const settings = z.registry<Setting>();

/**
 * Every setting, once. The key is the name in `sallyport.yaml` and in the program; the flag and
 * the environment variable follow from it (`httpPort`, `--http-port`, `SALLYPORT_HTTP_PORT`).
 * `docs/configuration.md` and `--help` are made from this table.
 */
const schema = {
  port: Port.clone().register(settings, {
    description: 'Port for HTTPS; 0 takes a free one.',
    default: '9443',
    placeholder: 'PORT',
  }),
  host: Host.clone().register(settings, {
    description: 'Address to listen on; 0.0.0.0 is every IPv4 address, :: every address.',
    default: '0.0.0.0',
    placeholder: 'ADDRESS',
  }),
  httpPort: PortOrOff.clone().register(settings, {
    description:
      'Port for plain HTTP, as for a proxy in front that ends TLS. Kubeconfigs and the proxy need HTTPS, which here only a trusted proxy can vouch for.',
    default: 'off',
    placeholder: 'PORT',
  }),
  dataDir: Text.clone().register(settings, {
    description: 'Folder for the database, the CA and the keys.',
    default: './data',
    placeholder: 'FOLDER',
    path: true,
  }),
  publicUrl: PublicUrl.optional().register(settings, {
    description:
      'The https:// address by which people and kubectl reach Sallyport. Where absent, it is the one that the request came to.',
    placeholder: 'URL',
  }),
  databaseUrl: DatabaseUrl.optional().register(settings, {
    description:
      'PostgreSQL database (postgres://…) in place of SQLite in the data folder. Give one with a password by the variable: flags are visible to every user of the machine.',
    placeholder: 'URL',
    variable: 'DATABASE_URL',
    secret: true,
  }),
  adminPasswordFile: Text.optional().register(settings, {
    description:
      'File with a password; the first start makes the user admin with it, instead of printing a set-up URL.',
    placeholder: 'FILE',
    path: true,
  }),
  tlsCert: Text.optional().register(settings, {
    description:
      "PEM file with the certificate and its chain, in place of one from Sallyport's own CA. Read again when it changes.",
    placeholder: 'FILE',
    path: true,
  }),
  tlsKey: Text.optional().register(settings, {
    description: 'PEM file with the key of that certificate.',
    placeholder: 'FILE',
    path: true,
  }),
  trustedProxies: AddressRanges.clone().register(settings, {
    description:
      'Addresses and ranges of the proxies in front, divided by commas. X-Forwarded-For, -Proto and -Host count from these only.',
    default: '',
    placeholder: 'RANGES',
  }),
  proxyProtocol: AddressRanges.clone().register(settings, {
    description:
      'Addresses and ranges of the load balancers that pass TLS through and send a PROXY header (version 1 or 2), divided by commas. Their connections must begin with it, on both ports; whoever connects from there can name any address as the client.',
    default: '',
    placeholder: 'RANGES',
  }),
  hsts: BrowsersRemember.clone().register(settings, {
    description:
      'For how long browsers hold all of the host name of --public-url to HTTPS (Strict-Transport-Security), every port of it, and let nobody click past an error of its certificate; 0 takes it back.',
    default: 'off',
    placeholder: 'DURATION',
  }),
  environmentAddresses: AddressRanges.clone().register(settings, {
    description:
      'Addresses and ranges, divided by commas, that environments may have although they are link-local or of the metadata service of a cloud. Private ones need not be named.',
    default: '',
    placeholder: 'RANGES',
  }),
  secretKey: SecretKey.optional().register(settings, {
    description:
      'Key that seals the credentials of environments in the database: 32 bytes, in base64 or as 64 hexadecimal digits. Where absent, one is made in the data folder.',
    placeholder: 'KEY',
    noFlag: true,
    secret: true,
  }),
  workers: Workers.clone().register(settings, {
    description:
      'How many processes share the port, up to 64; auto is one a core. Each takes some 120 MB, and where there are several, one more looks after them. With PostgreSQL each has up to 16 connections of its own.',
    default: 'auto',
    placeholder: 'NUMBER',
  }),
  kubeconfigRequests: AtOnce.clone().register(settings, {
    description:
      'Short requests that one kubeconfig may have open at once; further ones are answered 429 with Retry-After.',
    default: '200',
    placeholder: 'COUNT',
  }),
  environmentRequests: AtOnce.clone().register(settings, {
    description: 'The same for all kubeconfigs of an environment together.',
    default: '800',
    placeholder: 'COUNT',
  }),
  kubeconfigStreams: AtOnce.clone().register(settings, {
    description:
      'Watches, logs, execs, port-forwards and the like that one kubeconfig may have open at once.',
    default: '5000',
    placeholder: 'COUNT',
  }),
  environmentStreams: AtOnce.clone().register(settings, {
    description: 'The same for all kubeconfigs of an environment together.',
    default: '20000',
    placeholder: 'COUNT',
  }),
  shutdownGrace: Grace.clone().register(settings, {
    description: 'How long requests may still run after SIGTERM.',
    default: '10s',
    placeholder: 'DURATION',
  }),
  auditFile: Text.optional().register(settings, {
    description:
      'File to which audit events are also written, an audit.k8s.io/v1 Event a line, besides the database.',
    placeholder: 'FILE',
    path: true,
  }),
  auditFileMaxSize: Size.clone().register(settings, {
    description: 'Size at which that file is put aside and a new one begun.',
    default: '100MB',
    placeholder: 'SIZE',
  }),
  auditFileMaxAge: Age.clone().register(settings, {
    description: 'Age at which it is; 0: at none.',
    default: '24h',
    placeholder: 'DURATION',
  }),
  auditFileKeep: FileCount.clone().register(settings, {
    description: 'How many files are kept besides the one that is written; older ones are removed.',
    default: '30',
    placeholder: 'COUNT',
  }),
  auditWebhookUrl: WebhookUrl.optional().register(settings, {
    description:
      "Address to which audit events are also posted, as kube-apiserver's audit webhook does it: audit.k8s.io/v1 EventLists, repeated until they are taken.",
    placeholder: 'URL',
  }),
  auditWebhookToken: Text.optional().register(settings, {
    description: 'Bearer token for that address.',
    placeholder: 'TOKEN',
    noFlag: true,
    secret: true,
  }),
  auditSyslog: Syslog.optional().register(settings, {
    description:
      'Syslog server to which audit events are also sent (RFC 5424): udp://, tcp:// or tls://host[:port], or unix:///path of a stream socket.',
    placeholder: 'ADDRESS',
  }),
  metricsToken: Token.optional().register(settings, {
    description:
      'Bearer token that opens /metrics, in the text format of Prometheus, and nothing else. Where absent, only admins read them, signed in or by an API token.',
    placeholder: 'TOKEN',
    noFlag: true,
    secret: true,
  }),
  logLevel: Level.clone().register(settings, {
    description: 'error, warn, info or debug. The log goes to stderr, one JSON object a line.',
    default: 'info',
    placeholder: 'LEVEL',
  }),
};

type Key = keyof typeof schema;
const KEYS = Object.keys(schema) as Key[];

/** The settings as the program uses them: paths absolute, times in milliseconds. */
export type Config = Readonly<{ [K in Key]: z.output<(typeof schema)[K]> }>;

const CONFIG_FILE = 'sallyport.yaml';
const CONFIG_FLAG = 'config';
const PREFIX = 'SALLYPORT_';
const CONFIG_VARIABLE = `${PREFIX}CONFIG`;
const SWITCHES = ['help', 'version'] as const;

/** The world as the configuration sees it; only main.ts hands in the real one. */
export interface ConfigSources {
  /** What follows the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Returns a file's text; throws, with `code` as node:fs has it, where it cannot be read. */
  readonly readFile: (path: string) => string;
}

export type Invocation =
  | { readonly command: 'help' | 'version' }
  | { readonly command: 'serve'; readonly config: Config }
  | {
      readonly command: 'backup';
      readonly config: Config;
      readonly to: string;
      readonly passphraseFile: string;
      /** undefined: all. */
      readonly keep: number | undefined;
      readonly withAudit: boolean;
    }
  | { readonly command: 'restore'; readonly file: string; readonly config: Config }
  | { readonly command: 'accept-clock'; readonly config: Config }
  | { readonly command: 'reset-password'; readonly username: string; readonly config: Config };

/**
 * Reads what the program was asked to do: a flag beats a variable, a variable beats the file, the
 * file beats the default.
 *
 * @throws `config.invalid`, naming everything that is wrong, one line each; secrets are not quoted
 */
export function readInvocation(sources: ConfigSources): Invocation {
  const args = readArguments(
    sources.argv,
    [CONFIG_FLAG, ...COMMAND_FLAGS, ...KEYS.filter((key) => !about(key).noFlag).map(flagName)],
    [...SWITCHES, ...COMMAND_SWITCHES],
    unknownFlagHint,
  );
  if (args.switches.has('help')) return { command: 'help' };
  if (args.switches.has('version')) return { command: 'version' };

  const [first] = args.positionals;
  if (first === 'help' || first === 'version') return { command: first };
  const asked = readCommand(args);
  const keep = readKeep(args.flags.get('keep'));
  const problems: Problem[] = [...args.problems, ...asked.problems];
  if (typeof keep === 'string') problems.push(keep);

  const settingsFile = loadFile(args, sources);
  problems.push(...settingsFile.problems);
  const values: Partial<Record<Key, unknown>> = {};
  for (const key of KEYS) {
    const found = find(key, args, sources, settingsFile);
    const result = schema[key].safeParse(textOf(key, found));
    if (result.success) values[key] = result.data;
    else problems.push(wrongValue(key, found, result.error.issues[0]?.message ?? 'is not valid'));
  }
  // Every key has been parsed by its own schema, or there is a problem and nothing is returned.
  const config = values as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length > 0) throw fail('config.invalid', { problems: problems.join('\n') });
  const { command, argument } = asked;
  const path = (text: string) => resolve(sources.cwd, text);
  switch (command) {
    case 'backup': {
      const [to = '', file = ''] = ['to', 'passphrase-file'].map((flag) => args.flags.get(flag));
      const withAudit = args.switches.has('with-audit');
      return {
        ...{ command, config, withAudit, keep: typeof keep === 'number' ? keep : undefined },
        // A slash at its end says that it is a folder.
        to: to.endsWith('/') ? `${path(to)}/` : path(to),
        passphraseFile: path(file),
      };
    }
    case 'restore':
      return { command, file: path(argument), config };
    case 'accept-clock':
      return { command, config };
    case 'reset-password':
      return { command, username: argument, config };
    default:
      return { command: 'serve', config };
  }
}

/**
 * Says which variables look like settings of Sallyport and are none: one line each, without their
 * values.
 */
export function strayVariables(env: ConfigSources['env']): string[] {
  return findStray(env, PREFIX, [CONFIG_VARIABLE, ...KEYS.map(variableName)]);
}

function loadFile(args: Arguments, { env, cwd, readFile }: ConfigSources): FileValues {
  const flag = args.flags.get(CONFIG_FLAG);
  const named = flag ?? readVariable(env, CONFIG_VARIABLE);
  const path = resolve(cwd, named ?? CONFIG_FILE);
  try {
    return readConfigFile(readFile(path), path, KEYS);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    if (named === undefined && code === 'ENOENT') return { values: new Map(), problems: [] };
    const origin = flag === undefined ? CONFIG_VARIABLE : `--${CONFIG_FLAG}`;
    const where = named === undefined ? path : `${origin}: ${path}`;
    return { values: new Map(), problems: [`${where} cannot be read (${code})`] };
  }
}

function find(
  key: Key,
  args: Arguments,
  { env, cwd }: ConfigSources,
  file: FileValues,
): Found | undefined {
  const flag = args.flags.get(flagName(key));
  if (flag !== undefined) return { text: flag, origin: `--${flagName(key)}`, base: cwd };
  const variable = readVariable(env, variableName(key));
  if (variable !== undefined) return { text: variable, origin: variableName(key), base: cwd };
  const inFile = file.values.get(key);
  if (inFile !== undefined) return inFile;
  const preset = about(key).default;
  return preset === undefined ? undefined : { text: preset, origin: 'default', base: cwd };
}

function textOf(key: Key, found: Found | undefined): string | undefined {
  return found && about(key).path ? toPath(found) : found?.text;
}

function wrongValue(key: Key, found: Found | undefined, why: string): Problem {
  const origin = found?.origin ?? key;
  return about(key).secret ? `${origin} ${why}` : `${origin}: "${found?.text ?? ''}" ${why}`;
}

function contradictions(config: Config): Problem[] {
  const problems: Problem[] = [];
  if ((config.tlsCert === undefined) !== (config.tlsKey === undefined))
    problems.push('--tls-cert and --tls-key belong together: give both, or neither');
  if (config.httpPort === config.port && config.port !== 0)
    problems.push('--port and --http-port must differ');
  if (config.hsts !== undefined) problems.push(...hstsProblems(config.publicUrl));
  return problems;
}

function hstsProblems(publicUrl: string | undefined): Problem[] {
  if (publicUrl === undefined)
    return ['--hsts needs --public-url: browsers are told for that host name alone'];
  const { hostname } = new URL(publicUrl);
  // Browsers take no header for an address (RFC 6797, 8.1.1), and at localhost is whatever runs there.
  return /^\[|^[\d.]+$|(?:^|\.)localhost$/.test(hostname)
    ? [
        '--hsts needs a --public-url with a host name of its own: for an address or localhost it does nothing, or harm',
      ]
    : [];
}

function about(key: Key): Setting {
  const setting = settings.get(schema[key]);
  if (!setting) throw new Error(`The setting ${key} is not described.`);
  return setting;
}

function flagName(key: Key): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function variableName(key: Key): string {
  return about(key).variable ?? `${PREFIX}${flagName(key).replaceAll('-', '_').toUpperCase()}`;
}

function unknownFlagHint(flag: string): string | undefined {
  const key = KEYS.find((candidate) => flagName(candidate) === flag);
  return key && about(key).noFlag ? `give it by ${variableName(key)}` : undefined;
}

/** One row of the table of settings. */
export interface ConfigRow {
  /** Absent where there is none. */
  readonly flag: string | undefined;
  readonly placeholder: string;
  readonly variable: string;
  /** The name in the file; absent where it cannot stand there. */
  readonly key: string | undefined;
  /** As it would be written; absent: off. */
  readonly default: string | undefined;
  readonly description: string;
}

/** The table of settings, for `--help` and the documentation. */
export function configReference(): ConfigRow[] {
  return [
    {
      flag: `--${CONFIG_FLAG}`,
      placeholder: 'FILE',
      variable: CONFIG_VARIABLE,
      key: undefined,
      default: `./${CONFIG_FILE}`,
      description: 'The configuration file. It need not exist unless it is named.',
    },
    ...KEYS.map((key) => {
      const setting = about(key);
      return {
        flag: setting.noFlag ? undefined : `--${flagName(key)}`,
        placeholder: setting.placeholder,
        variable: variableName(key),
        key,
        default: setting.default || undefined,
        description: setting.description,
      };
    }),
  ];
}
