import { LineCounter, parseDocument } from 'yaml';
import { fail, SallyportError } from '../errors.ts';
import { readAddress } from './address.ts';
import { readCa, readClientCertificate } from './certificates.ts';
import { type Connection, type Credential, readServerName, readToken } from './connection.ts';
import type { Refuse } from './refuse.ts';

/** The largest file read, in UTF-16 units. A kubeconfig with hundreds of clusters is well below. */
const MAX_LENGTH = 1_000_000;
/** A kubeconfig nests six deep; far deeper ones only serve to exhaust a parser's stack. */
const MAX_NESTING = 64;

const FLATTEN =
  'Make a file that holds everything with: kubectl config view --raw --flatten --minify';
const TOKEN =
  'Give the token of a ServiceAccount: kubectl -n kube-system create token sallyport --duration 8760h, or for one without an end a Secret of type kubernetes.io/service-account-token.';

const refuse: Refuse = (why, how) => fail('environment.kubeconfig_invalid', { why, how });

/**
 * Reads one context of a kubeconfig (client-go, `clientcmd/api/v1/types.go`). Only what the file
 * itself holds is used: no program is started and no other file is read, and whatever would make
 * the connection unverified is refused.
 *
 * @param text YAML or JSON
 * @param contextName which context; absent: `current-context`, or the only one there is
 * @param now epoch milliseconds, for the dates of certificates
 * @throws environment.kubeconfig_invalid, saying why and what to do
 */
export function readKubeconfig(text: string, contextName?: string, now = Date.now()): Connection {
  const config = parse(text);
  const context = chooseContext(config, contextName);
  const cluster = find(config.clusters, 'cluster', context.cluster, context.name);
  const user = find(config.users, 'user', context.user, context.name);
  return { ...readCluster(cluster, now), credential: readUser(user, now) };
}

type Fields = Readonly<Record<string, unknown>>;
interface Named {
  readonly name: string;
  readonly value: Fields;
}
interface Config {
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
  readonly currentContext: string | undefined;
}

function parse(text: string): Config {
  const root = parseYaml(text);
  if (!isFields(root)) {
    throw refuse('The file is no kubeconfig: it is no YAML mapping.', 'Give a whole kubeconfig.');
  }
  const { kind, apiVersion } = root;
  if (kind !== 'Config') {
    const found = typeof kind === 'string' ? `its kind is ${quote(kind)}` : 'it has no kind';
    throw refuse(
      `The file is no kubeconfig: ${found}, a kubeconfig's is "Config".`,
      'Give a whole kubeconfig.',
    );
  }
  if (apiVersion !== undefined && apiVersion !== 'v1') {
    throw refuse('The kubeconfig is not of apiVersion v1.', 'Give a kubeconfig of apiVersion v1.');
  }
  return {
    clusters: namedList(root, 'clusters', 'cluster'),
    users: namedList(root, 'users', 'user'),
    contexts: namedList(root, 'contexts', 'context'),
    currentContext: string(root, 'current-context'),
  };
}

function parseYaml(text: string): unknown {
  if (text.length > MAX_LENGTH) {
    throw refuse('The file is larger than 1 MB.', 'Give a file with the one context only.');
  }
  if (nestsDeeply(text)) {
    throw refuse('The file is nested deeper than a kubeconfig is.', 'Give a whole kubeconfig.');
  }
  try {
    // Two defaults take quadratic time, minutes for a hostile megabyte: an excerpt made for each
    // error, and comparing every key of a mapping with every other.
    const lines = new LineCounter();
    const document = parseDocument(text, {
      schema: 'core',
      logLevel: 'error',
      prettyErrors: false,
      uniqueKeys: false,
      lineCounter: lines,
    });
    const error = document.errors[0];
    if (error) {
      const at = lines.linePos(error.pos[0]);
      throw refuse(
        error.code === 'MULTIPLE_DOCS'
          ? 'The file holds more than one YAML document.'
          : `The file is no valid YAML: see line ${at.line}, column ${at.col}.`,
        'Copy the file as a whole; the indentation matters.',
      );
    }
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    // Aliases that multiply, or nesting that exhausts the stack.
    throw refuse('The file is no YAML that a kubeconfig would be.', 'Give a whole kubeconfig.');
  }
}

/** Whether flow collections or block sequences in one line (`- - - …`) nest beyond all reason. */
function nestsDeeply(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${MAX_NESTING}}`).test(text);
}

function namedList(root: Fields, key: string, inner: string): Named[] {
  const list = root[key] ?? [];
  if (!Array.isArray(list)) {
    throw refuse(`"${key}" of the kubeconfig is no list.`, 'Give a whole kubeconfig.');
  }
  const names = new Set<string>();
  return list.map((entry: unknown, index) => {
    const name = isFields(entry) ? string(entry, 'name') : undefined;
    if (!isFields(entry) || name === undefined) {
      throw refuse(`Entry ${index + 1} of "${key}" has no name.`, 'Give a whole kubeconfig.');
    }
    // client-go refuses this too (clientcmd/api/v1/conversion.go).
    if (names.has(name)) {
      throw refuse(`"${key}" names ${quote(name)} twice.`, 'Rename or remove one of the two.');
    }
    names.add(name);
    const value = entry[inner] ?? {};
    if (!isFields(value)) {
      throw refuse(`${quote(name)} in "${key}" has no "${inner}".`, 'Give a whole kubeconfig.');
    }
    return { name, value };
  });
}

function chooseContext(config: Config, wanted: string | undefined) {
  const names = config.contexts.map((context) => context.name);
  if (names.length === 0) {
    throw refuse(
      'The kubeconfig has no contexts.',
      'Give a file with a cluster, a user and a context.',
    );
  }
  const there = `Those there are: ${names.slice(0, 20).map(quote).join(', ')}${names.length > 20 ? ', …' : ''}.`;
  const name = wanted ?? (config.currentContext || (names.length === 1 ? names[0] : undefined));
  if (name === undefined) {
    throw refuse('The kubeconfig has several contexts and none is current.', `Name one. ${there}`);
  }
  const context = config.contexts.find((candidate) => candidate.name === name);
  if (!context) throw refuse(`The kubeconfig has no context ${quote(name)}.`, there);
  return {
    name,
    cluster: string(context.value, 'cluster') ?? '',
    user: string(context.value, 'user') ?? '',
  };
}

function find(list: readonly Named[], what: string, name: string, context: string): Fields {
  const how = 'Give a file with a cluster, a user and a context.';
  if (name === '') throw refuse(`Context ${quote(context)} names no ${what}.`, how);
  const entry = list.find((candidate) => candidate.name === name);
  if (!entry) {
    throw refuse(
      `Context ${quote(context)} names the ${what} ${quote(name)}, which the file does not have.`,
      how,
    );
  }
  return entry.value;
}

function readCluster(cluster: Fields, now: number): Omit<Connection, 'credential'> {
  if (cluster['insecure-skip-tls-verify'] === true) {
    throw refuse(
      'The cluster has insecure-skip-tls-verify: true. Sallyport always verifies TLS.',
      'Remove that line and give certificate-authority-data.',
    );
  }
  if (string(cluster, 'proxy-url')) {
    throw refuse(
      'The cluster is reached through a proxy-url, which Sallyport does not use.',
      'Give an address that this machine can connect to.',
    );
  }
  const server = string(cluster, 'server');
  if (!server) throw refuse('The cluster has no server URL.', 'Give a whole kubeconfig.');
  const ca = string(cluster, 'certificate-authority-data');
  if (!ca && string(cluster, 'certificate-authority')) {
    throw refuse(
      'The cluster names its certificate-authority as a file on another machine.',
      FLATTEN,
    );
  }
  return {
    server: readAddress(server, refuse).server,
    ca: ca ? readCa(ca, refuse, now) : null,
    tlsServerName: readServerName(string(cluster, 'tls-server-name'), refuse),
  };
}

function readUser(user: Fields, now: number): Credential {
  refuseForeignSignIn(user);
  const cert = string(user, 'client-certificate-data');
  const key = string(user, 'client-key-data');
  if (!cert && string(user, 'client-certificate')) {
    throw refuse('The user names its client-certificate as a file on another machine.', FLATTEN);
  }
  if (!key && string(user, 'client-key')) {
    throw refuse('The user names its client-key as a file on another machine.', FLATTEN);
  }
  if (cert && !key) throw refuse('The user has a client certificate without its key.', FLATTEN);
  if (key && !cert) throw refuse('The user has a client key without its certificate.', FLATTEN);
  // With both, an API server looks at the certificate first; so the token would be idle.
  if (cert && key) return readClientCertificate(cert, key, refuse, now);
  const token = string(user, 'token');
  if (token) return { token: readToken(token, refuse) };
  throw refuse('The user has neither a token nor a client certificate.', TOKEN);
}

/** Ways to sign in that need a program, another file, or a password. */
function refuseForeignSignIn(user: Fields): void {
  if (user.exec !== undefined && user.exec !== null) {
    const command = isFields(user.exec) ? string(user.exec, 'command') : undefined;
    throw refuse(
      `The file starts a program${command ? ` (${quote(command)})` : ''} to get a credential. Sallyport runs no programs.`,
      TOKEN,
    );
  }
  if (user['auth-provider'] !== undefined && user['auth-provider'] !== null) {
    throw refuse(
      'The user signs in by an auth-provider, which Kubernetes removed in 1.26 and Sallyport does not have.',
      TOKEN,
    );
  }
  if (string(user, 'tokenFile')) {
    throw refuse('The user names its token as a file on another machine (tokenFile).', TOKEN);
  }
  if (string(user, 'username') || string(user, 'password')) {
    throw refuse(
      'The user signs in by user name and password, which Kubernetes removed in 1.19.',
      TOKEN,
    );
  }
  if (string(user, 'as') || user['as-groups'] || string(user, 'as-uid')) {
    throw refuse(
      'The user acts as somebody else (as:). Sallyport impersonates by itself.',
      'Remove as:, as-uid: and as-groups: and give a credential that may impersonate.',
    );
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field that must be text where it is there at all. */
function string(fields: Fields, key: string): string | undefined {
  const value = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (value === undefined || value === null) return undefined;
  // YAML reads an unquoted name such as 2024 as a number; client-go takes it as text.
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') {
    throw refuse(`"${key}" in the kubeconfig is no text.`, 'Give a whole kubeconfig.');
  }
  return value;
}

/** A name from the file, safe to show in a sentence. */
function quote(name: string): string {
  const shown = name.length > 100 ? `${name.slice(0, 100)}…` : name;
  return JSON.stringify(shown.replace(/\p{C}/gu, '�'));
}
