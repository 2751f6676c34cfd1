/** What the proxy tells of each request, for audit. An `audit.k8s.io/v1` Event at level Metadata can
 * be made from it. It holds no header, no body and no token. */
import type { ErrorCode } from '../errors.ts';
import type { Caller } from '../kubeconfigs/caller.ts';
import type { UpstreamIdentity } from './identity.ts';
import type { RequestInfo } from './requestInfo.ts';

export interface ProxyEvent {
  /** `ResponseStarted` comes for streams only, so that one can be seen while it is open. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete';
  /** `auditID`; the cluster's own event has the same one. */
  readonly requestId: string;
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Epoch milliseconds of this stage. */
  readonly at: number;
  readonly method: string;
  /** Path and query as they went to the API server; of a refused request, as they came. */
  readonly uri: string;
  /** null: refused before it could be told. */
  readonly info: RequestInfo | null;
  readonly environmentId: number | null;
  /** null: not authenticated. */
  readonly caller: Caller | null;
  /** Who it was made for at the cluster; null: nothing was sent there. */
  readonly identity: UpstreamIdentity | null;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** As sent to the client, 101 for an upgrade; 0: none was sent. */
  readonly status: number;
  /** Why Sallyport refused it or ended it; null: it did not. */
  readonly code: ErrorCode | null;
  /** The client went away before the end. */
  readonly aborted: boolean;
  /** Body bytes. */
  readonly bytesToClient: number;
  readonly bytesFromClient: number;
}
