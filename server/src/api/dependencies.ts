import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Accessible } from '../access/access.ts';
import type { Explorer } from '../access/explorer.ts';
import type { Grants } from '../access/grants.ts';
import type { Namespaces } from '../access/namespaces.ts';
import type { Roles } from '../access/roles.ts';
import type { Audit, WriterCounts } from '../audit/audit.ts';
import type { Backup } from '../backup/backup.ts';
import type { Certificate } from '../certificate.ts';
import type { Clock } from '../clock.ts';
import type { Environments } from '../environments/environments.ts';
import type { History } from '../environments/history.ts';
import type { ApiTokens } from '../identity/apiTokens.ts';
import type { UserBulkAct } from '../identity/bulk.ts';
import type { Provider } from '../identity/provider/provider.ts';
import type { HalfSignIns } from '../identity/secondFactor/halfSignIns.ts';
import type { SecondFactors } from '../identity/secondFactor/secondFactors.ts';
import type { Sessions } from '../identity/sessions.ts';
import type { Setup } from '../identity/setup.ts';
import type { SignIn } from '../identity/signin.ts';
import type { Teams } from '../identity/teams.ts';
import type { Users } from '../identity/users.ts';
import type { Kubeconfigs } from '../kubeconfigs/kubeconfigs.ts';
import type { Live } from '../live.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { SettingsService } from '../settings.ts';
import type { Store } from '../store/store.ts';
import type { HstsOptions } from './hsts.ts';
import type { RequestInfo } from './request.ts';

/** What the REST API needs of the rooms below it; gateway.ts gives it. */
export interface ApiDependencies {
  readonly store: Store;
  readonly users: Users;
  readonly userBulk: UserBulkAct;
  readonly teams: Teams;
  readonly sessions: Sessions;
  readonly signIn: SignIn;
  readonly halfSignIns: HalfSignIns;
  readonly secondFactors: SecondFactors;
  readonly provider: Omit<Provider, 'close'>;
  readonly setup: Setup;
  readonly apiTokens: ApiTokens;
  readonly settings: SettingsService;
  readonly environments: Environments;
  readonly history: Pick<History, 'read'>;
  readonly roles: Roles;
  readonly grants: Grants;
  readonly explorer: Explorer;
  readonly namespaces: Pick<Namespaces, 'matching'>;
  readonly kubeconfigs: Kubeconfigs;
  readonly audit: Audit;
  /** What the processes of this machine have written of it, and lost. */
  readonly auditCounts: () => Promise<readonly WriterCounts[]>;
  /** What is open through the gate now. */
  readonly live: Live;
  readonly backup: Backup;
  /** The time by which things end. */
  readonly clock: Pick<Clock, 'now' | 'behindMs' | 'refresh'>;
  /** The certificate in use, and the listeners. */
  readonly certificate: Certificate;
  readonly metrics: Pick<Metrics, 'text'>;
  /** Opens `/metrics` and nothing else; undefined: admins alone may read them. */
  readonly metricsToken: string | undefined;
  /** Which environments a user may enter now, and what they may do there. */
  readonly accessible: (userId: number) => Promise<Accessible>;
  /** The CA that a kubeconfig must embed; undefined where Sallyport's certificate is publicly trusted. */
  readonly caPem: () => string | undefined;
  /** What the listener knows of a request. */
  readonly infoOf: (request: IncomingMessage) => RequestInfo;
  /** Where a request's sender reaches Sallyport over HTTPS, without a slash at the end. */
  readonly publicUrlOf: (info: RequestInfo) => string;
  /** Whether browsers are to come over HTTPS alone; undefined: that is not said. */
  readonly hsts: HstsOptions | undefined;
  /** The folder of the built page. */
  readonly pageRoot: string;
  readonly version: string;
  readonly instanceId: string;
  readonly logger: Logger;
}
