import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** A value as it was found, and the words for where that was. */
export interface Found {
  readonly text: string;
  /** Such as `--port`, `SALLYPORT_PORT` or `port in /etc/sallyport/sallyport.yaml`. */
  readonly origin: string;
  /** The folder from which a relative path is taken. */
  readonly base: string;
}

/** One line for a person: what is wrong, and where. */
export type Problem = string;

export interface Arguments {
  readonly positionals: readonly string[];
  readonly flags: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

/**
 * Reads the command line. All that is wrong is collected, not only the first.
 *
 * @param argv what follows the program's name
 * @param known flags that take a value, without their dashes
 * @param switches flags that take none
 * @param hint what else to say about an unknown flag
 */
export function readArguments(
  argv: readonly string[],
  known: readonly string[],
  switches: readonly string[],
  hint: (flag: string) => string | undefined,
): Arguments {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries([
      ...known.map((flag) => [flag, { type: 'string' }] as const),
      ...switches.map((flag) => [flag, { type: 'boolean' }] as const),
    ]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const positionals: string[] = [];
  const flags = new Map<string, string>();
  const on = new Set<string>();
  const problems: Problem[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    if (switches.includes(token.name)) {
      if (token.value === undefined) on.add(token.name);
      else problems.push(`${token.rawName} takes no value`);
    } else if (!known.includes(token.name)) {
      const more = hint(token.name);
      problems.push(`${token.rawName} is no flag of Sallyport${more ? `: ${more}` : ''}`);
    } else if (!token.value || (!token.inlineValue && token.value.startsWith('-'))) {
      problems.push(`${token.rawName} needs a value`);
    } else if (flags.has(token.name)) {
      problems.push(`${token.rawName} is given twice`);
    } else {
      flags.set(token.name, token.value);
    }
  }
  return { positionals, flags, switches: on, problems };
}

/**
 * Reads one environment variable. Empty counts as absent, since compose files and shells write
 * `NAME=` for "not set".
 *
 * Kubernetes gives every pod variables that describe the Services around it, and for a Service
 * named `sallyport` one of them is `SALLYPORT_PORT=tcp://10.96.0.7:9443`. That is no setting.
 */
export function readVariable(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): string | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  return name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(text) ? undefined : text;
}

/** Whether Kubernetes or Docker gives this to a program beside a Service of such a name. */
const OF_A_SERVICE =
  /_(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/;

/**
 * Finds variables that look like settings and are none, such as misspelt ones. They are no reason
 * to refuse the start, since images and shells may set variables for purposes of their own.
 *
 * @param known the variables that are settings
 */
export function strayVariables(
  env: Readonly<Record<string, string | undefined>>,
  prefix: string,
  known: readonly string[],
): Problem[] {
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && !known.includes(name) && !OF_A_SERVICE.test(name))
    .map((name) => {
      const bare = plain(name.slice(prefix.length));
      const near = known.find((one) => [plain(one), plain(one.replace(prefix, ''))].includes(bare));
      return `${name} is no setting of Sallyport and has no effect${near ? `: write ${near}` : ''}`;
    });
}

export interface FileValues {
  readonly values: ReadonlyMap<string, Found>;
  readonly problems: readonly Problem[];
}

/**
 * Reads a configuration file: a YAML map of keys to plain values or lists of them.
 *
 * No message quotes the file, since it may hold secrets.
 *
 * @param text the file's content
 * @param path where it lies, absolute
 * @param known the keys that may stand in it
 */
export function readConfigFile(text: string, path: string, known: readonly string[]): FileValues {
  const lines = new LineCounter();
  // The failsafe schema leaves each value the text it is: a key of digits stays exact, and "off"
  // and "no" mean what they say.
  const document = parseDocument(text, {
    schema: 'failsafe',
    prettyErrors: false,
    lineCounter: lines,
  });
  const values = new Map<string, Found>();
  const problems: Problem[] = [];
  for (const error of document.errors) {
    const { line, col } = lines.linePos(error.pos[0]);
    problems.push(
      `${path} is no valid YAML: ${error.code.toLowerCase().replaceAll('_', ' ')} at line ${line}, column ${col}`,
    );
  }
  if (problems.length > 0 || document.contents === null) return { values, problems };
  if (!isMap(document.contents)) {
    if (!isScalar(document.contents) || document.contents.value !== '')
      problems.push(`${path} must be a map of settings, like "port: 9443"`);
    return { values, problems };
  }
  for (const { key, value } of document.contents.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (!known.includes(name)) {
      const near = known.find((candidate) => plain(candidate) === plain(name));
      problems.push(
        `${name || 'a key'} in ${path} is no setting of Sallyport${near ? `: write ${near}` : ''}`,
      );
      continue;
    }
    const text = toText(value as Node | null);
    if (text === undefined) problems.push(`${name} in ${path} must be a plain value or a list`);
    else if (text !== '')
      values.set(name, { text, origin: `${name} in ${path}`, base: dirname(path) });
  }
  return { values, problems };
}

function toText(node: Node | null): string | undefined {
  if (node === null) return '';
  if (isScalar(node)) return String(node.value ?? '');
  if (isSeq(node) && node.items.every((item) => isScalar(item)))
    return node.items.map((item) => String(item.value)).join(',');
  return undefined;
}

function plain(name: string): string {
  return name.replace(/[-_]/g, '').toLowerCase();
}

/** Makes a path absolute: from the working directory, or from the folder of the file that names it. */
export function toPath(found: Found): string {
  return resolve(found.base, found.text);
}
