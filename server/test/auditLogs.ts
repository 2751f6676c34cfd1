/** Sallyport's audit log and the cluster's, read side by side. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { cleanUri } from '../src/audit/redact.ts';
import type { Bench } from './bench.ts';

interface LoggedUser {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** As much of an `audit.k8s.io/v1` Event as is compared; both logs are made of them. */
export interface LoggedEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: LoggedUser;
  readonly impersonatedUser?: LoggedUser;
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: Readonly<Record<string, string>>;
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything that Sallyport has written of requests to clusters, oldest first. */
export async function sallyportLog(bench: Bench): Promise<LoggedEvent[]> {
  const answer = await bench.admin.fetch('/api/audit/export?kind=proxy');
  return parseLines(await answer.text()).reverse();
}

export interface ClusterLog {
  /** What was written since it was opened, oldest first. */
  readonly read: () => LoggedEvent[];
  readonly close: () => void;
}

/** Follows a cluster's audit log from its present end; the API server may begin a new file once. */
export function openClusterLog(path: string): ClusterLog {
  const file = openSync(path, 'r');
  const { size: start, ino } = fstatSync(file);
  return {
    read: () => {
      const bytes = Buffer.alloc(fstatSync(file).size - start);
      const count = readSync(file, bytes, 0, bytes.length, start);
      const rest = statSync(path).ino === ino ? '' : readFileSync(path, 'utf8');
      return parseLines(bytes.toString('utf8', 0, count) + rest);
    },
    close: () => closeSync(file),
  };
}

/** The last line may be under way. */
function parseLines(text: string): LoggedEvent[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean)
    .map((line): LoggedEvent => JSON.parse(line));
}

/** The events of each request, in the order in which they were written. */
export function byRequest(events: readonly LoggedEvent[]): Map<string, LoggedEvent[]> {
  const found = new Map<string, LoggedEvent[]>();
  for (const event of events) {
    const same = found.get(event.auditID);
    if (same) same.push(event);
    else found.set(event.auditID, [event]);
  }
  return found;
}

/** What an event of Sallyport and one of the cluster, of one request and stage, must both say. */
export function told(event: LoggedEvent) {
  const { objectRef = {}, impersonatedUser: user, verb } = event;
  return {
    stage: event.stage,
    // OPTIONS on a resource is no verb to Kubernetes; Sallyport writes the method all the same.
    verb: verb === '' ? 'options' : verb,
    // Sallyport keeps no value of an option that may be secret, such as an exec's arguments.
    uri: cleanUri(event.requestURI),
    apiGroup: objectRef.apiGroup,
    apiVersion: objectRef.apiVersion,
    resource: objectRef.resource,
    subresource: objectRef.subresource,
    namespace: objectRef.namespace,
    // The cluster learns a new object's name from the body, which passes Sallyport unread.
    name: verb === 'create' && objectRef.subresource === undefined ? undefined : objectRef.name,
    user: user?.username,
    uid: user?.uid,
    // The cluster puts whomever it knows into this group.
    groups: user?.groups?.filter((group) => group !== 'system:authenticated').sort(),
    kubeconfigId: user?.extra?.['sallyport/kubeconfig-id']?.[0],
    // The cluster is told the id once more, among what is known of the person.
    requestId: event.auditID,
    address: event.sourceIPs?.[0],
    userAgent: event.userAgent,
    code: event.responseStatus?.code,
  };
}

/** In words, in what two events differ; undefined: in nothing. */
export function difference(ours: ReturnType<typeof told>, theirs: ReturnType<typeof told>) {
  const fields = Object.keys(ours) as Array<keyof typeof ours>;
  const words = fields
    .map((field) => [field, JSON.stringify(ours[field]), JSON.stringify(theirs[field])])
    .filter(([, here, there]) => here !== there)
    .map(([field, here, there]) => `${field} is ${here} here, ${there} there`);
  return words.length === 0 ? undefined : `${ours.verb} ${ours.uri}: ${words.join('; ')}`;
}
