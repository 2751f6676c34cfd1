/** What the proxy needs of the other rooms, and what the listener tells it. */
import type { Target } from '../environments/target.ts';
import type { Caller } from '../kubeconfigs/caller.ts';
import type { ProxyEvent } from './events.ts';
import type { UpstreamIdentity } from './identity.ts';
import type { ProxyLimits } from './limits.ts';
import type { Others } from './sharedCounts.ts';

/** As much of a pino logger as is needed. */
export interface ProxyLogger {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface ProxyDependencies {
  /**
   * Tells who a token stands for, which it may look up by the token's hash; at once where that is known. What it has told is known until
   * something about it changes: an answer that had to be waited for is asked for once more.
   *
   * @throws SallyportError proxy.credential_unknown, proxy.kubeconfig_expired,
   *   proxy.kubeconfig_revoked, proxy.user_disabled
   */
  authenticate(token: string, hash?: string): Caller | Promise<Caller>;
  /**
   * Lets a caller into an environment; at once where that is known, as above.
   *
   * @throws SallyportError proxy.environment_not_in_kubeconfig, proxy.no_access,
   *   environment.not_found
   */
  enter(caller: Caller, environmentId: number): Passage | Promise<Passage>;
  /** A kubeconfig is in use; called at most once a minute for each, and not waited for. */
  used?(caller: Caller, from: { address: string; userAgent: string | undefined }): void;
  /**
   * What a caller is to be told with the answer to this request, besides the answer; undefined, at
   * once, nearly always. `{url}` in it stands for {@link publicUrl}. Not asked for upgrades, whose
   * answer is no place for it. Must not throw, nor reject.
   */
  notice?(caller: Caller): string | undefined | Promise<string | undefined>;
  /**
   * Whether a request may begin, as far as its event needs a place in the audit log; undefined: it
   * may, else a promise for when.
   *
   * @throws SallyportError audit.unavailable, by the promise
   */
  room?(): Promise<void> | undefined;
  /**
   * Whether every namespace of an environment carries its name as the label
   * `kubernetes.io/metadata.name`, which nobody can change; absent: none does. Asked where somebody
   * may see some namespaces only.
   */
  labelsNamespaces?(environmentId: number): boolean | Promise<boolean>;
  /**
   * Whether a list of namespaces narrowed by that label would be shown: every namespace has it, and
   * Sallyport itself may list and watch them; absent: nowhere. Asked where somebody may see some
   * namespaces only, and the cluster says that they cannot list them.
   */
  showsNamespaces?(environmentId: number): boolean | Promise<boolean>;
  /**
   * Whether an environment's API server knows `Impersonate-Uid`, at once; absent: all do. What is not
   * known counts as yes.
   */
  takesUid?(environmentId: number): boolean;
  readonly logger: ProxyLogger;
  /** Epoch milliseconds. */
  now?(): number;
  /**
   * The time by which what was given for a time ends, in epoch milliseconds; absent: {@link now}. It
   * is later where the machine's clock was set back.
   */
  timeOfEnds?(): number;
  /** Where a client on this connection finds Sallyport's page, for remedies. */
  publicUrl(connection: ConnectionInfo): string;
  readonly limits?: Partial<ProxyLimits>;
  /** The workers that keep the limits together; absent: there are none. */
  readonly others?: Others;
  /** Hears of every request at its end, and of streams also at their beginning. Must not throw. */
  audit?(event: ProxyEvent): void;
}

/** A caller's way into an environment. */
export interface Passage {
  readonly target: Target;
  readonly identity: UpstreamIdentity;
  /**
   * The namespaces that the caller's grants name, sorted; null: no grant is for namespaces. They
   * are shown to a caller whom the cluster does not show all.
   */
  readonly namespaces: readonly string[] | null;
  /** Epoch milliseconds at which this must be asked anew; null: never. */
  readonly validUntil: number | null;
}

/** What the listener knows of a connection. */
export interface ConnectionInfo {
  /** TLS, or a trusted proxy said that the client used it. */
  readonly secure: boolean;
  /** The client's address, without a port. */
  readonly address: string;
  /** `host[:port]` that the client asked for; undefined where that is not known. */
  readonly host: string | undefined;
  /** The environment that the client named in its TLS handshake; undefined: the path names it. */
  readonly environmentId?: number | undefined;
}
