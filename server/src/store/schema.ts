import type { Generated, Insertable, Selectable } from 'kysely';

/**
 * The tables as the queries see them. Times are epoch milliseconds, flags are 0 or 1, JSON is text:
 * the three spellings that SQLite and PostgreSQL share. Ids are never used twice.
 */
export interface Schema {
  meta: MetaTable;
  settings: SettingsTable;
  users: UserTable;
  teams: TeamTable;
  team_members: TeamMemberTable;
  sign_in_provider: SignInProviderTable;
  provider_groups: ProviderGroupTable;
  provider_answers: ProviderAnswerTable;
  sessions: SessionTable;
  second_factors: SecondFactorTable;
  recovery_codes: RecoveryCodeTable;
  second_factor_removals: SecondFactorRemovalTable;
  half_sign_ins: HalfSignInTable;
  api_tokens: ApiTokenTable;
  environments: EnvironmentTable;
  environment_health: EnvironmentHealthTable;
  roles: RoleTable;
  grants: GrantTable;
  grant_environments: GrantEnvironmentTable;
  kubeconfigs: KubeconfigTable;
  kubeconfig_environments: KubeconfigEnvironmentTable;
  changes: ChangeTable;
}

/** Facts about this installation: instance id, hash of the set-up token. */
export interface MetaTable {
  key: string;
  value: string;
}

/** One row a setting; `value` is JSON. A setting without a row has its default. */
export interface SettingsTable {
  key: string;
  value: string;
}

export interface UserTable {
  id: Generated<number>;
  /** A UUID, sent as `Impersonate-Uid`: it outlives a rename and is never reused. */
  uid: string;
  username: string;
  /** The username folded to lower case; unique. */
  username_key: string;
  /** PHC string (argon2id), or null where the user cannot sign in with a password. */
  password_hash: string | null;
  role: 'admin' | 'user';
  disabled: 0 | 1;
  /** `provider`: there is no password, and who it is the provider says. */
  sign_in: Generated<'password' | 'provider'>;
  /** Who they are at the provider: `iss` and `sub`, unique together; null: not linked yet. */
  provider_issuer: string | null;
  provider_subject: string | null;
  /** From when on their sign-in through the provider counts; null where they sign in by password. */
  provider_at: number | null;
  created_at: number;
  updated_at: number;
}

/** The provider that people sign in with: one row, or none. */
export interface SignInProviderTable {
  id: 1;
  issuer: string;
  client_id: string;
  /** Sealed, bound to issuer, client and CA. */
  client_secret: string;
  /** PEM; null: the public CAs. */
  ca: string | null;
  scopes: string;
  username_claim: string;
  groups_claim: string | null;
  button: string;
  entry: 'existing' | 'anybody' | 'groups';
  /** JSON arrays. */
  entry_groups: string;
  admin_groups: string;
  /** Milliseconds; 0: for ever. */
  counts_for: number;
}

/** Members of a group of the provider's are members of a team. */
export interface ProviderGroupTable {
  group_name: string;
  team_id: number;
}

/** Answers of the provider that were used, until they could not be used anyway. */
export interface ProviderAnswerTable {
  /** SHA-256 of the state, hex. */
  state_hash: string;
  expires_at: number;
}

export interface TeamTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  created_at: number;
}

export interface TeamMemberTable {
  team_id: number;
  user_id: number;
  created_at: number;
}

export interface SessionTable {
  id: Generated<number>;
  user_id: number;
  /** SHA-256 of the cookie's value, hex. */
  token_hash: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  address: string;
  user_agent: string;
  /** Whether it opens nothing until its user has a second factor, as long as the settings ask for one. */
  second_factor_due: Generated<0 | 1>;
}

/** What makes a user's one-time codes, or will once a first one was given. */
export interface SecondFactorTable {
  user_id: number;
  /** Sealed, bound to the user; never stored in the clear. */
  secret: string;
  /** The session that sets it up; null once it counts. */
  session_id: number | null;
  created_at: number;
  /** null: it does not count yet. */
  confirmed_at: number | null;
  /** The time step of the last code that was taken (RFC 6238, 5.2); -1: of none. */
  last_step: number;
  /** Wrong codes since the last right one, over all processes and replicas. */
  failures: number;
  /** No code of the app is looked at before this moment. */
  open_at: number;
}

/** Each is good once: a row that is used is gone. */
export interface RecoveryCodeTable {
  user_id: number;
  code_hash: string;
}

/** Whose second factor somebody else has removed, until they have one again. */
export interface SecondFactorRemovalTable {
  user_id: number;
  removed_at: number;
  /** An admin's name as it was then; null: it was done on the machine. */
  removed_by: string | null;
}

/** A sign-in between its password and its code: no session, and good for nothing else. */
export interface HalfSignInTable {
  /** SHA-256 of the cookie's value, hex. */
  token_hash: string;
  user_id: number;
  /** How many codes were tried. */
  tries: number;
  expires_at: number;
}

export interface ApiTokenTable {
  id: Generated<number>;
  user_id: number;
  name: string;
  token_hash: string;
  hint: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
}

export interface EnvironmentTable {
  id: Generated<number>;
  name: string;
  name_key: string;
  labels: string;
  rbac: 'managed' | 'external';
  /** `https://host[:port][/prefix]`. */
  server: string;
  /** PEM; null: the public CAs. */
  ca_data: string | null;
  tls_server_name: string | null;
  /** Sealed JSON (environments/vault.ts); never stored in the clear. */
  credential: string;
  state: 'up' | 'down' | 'unknown';
  state_since: number | null;
  state_message: string | null;
  checked_at: number | null;
  version: string | null;
  created_at: number;
  updated_at: number;
  /** How many nodes there are; null: not known, and then nothing of the capacity is. */
  nodes: number | null;
  nodes_ready: number | null;
  /** Allocatable, over all nodes. */
  cpu_millicores: number | null;
  memory_bytes: number | null;
  /** In use; null where the cluster does not measure it. */
  cpu_used_millicores: number | null;
  memory_used_bytes: number | null;
  /** When the capacity was read. */
  capacity_at: number | null;
}

/** A quarter of an hour of an environment's health: environments/history.ts. */
export interface EnvironmentHealthTable {
  environment_id: number;
  /** When the quarter began. */
  at: number;
  looks: number;
  looks_up: number;
  /** Over the looks that found it up, as are the highest. */
  latency_sum_ms: number;
  latency_max_ms: number;
  /** Why it was down, at the last look that found it so. */
  message: string | null;
}

export interface RoleTable {
  id: Generated<number>;
  name: string;
  /** The name folded as `nameKey` does; unique. */
  name_key: string;
  /** What groups and ClusterRoles are named by (access/roleKey.ts); not unique. */
  key: string;
  description: string;
  builtin: 0 | 1;
  /** JSON array of RBAC rules; null: the cluster's own ClusterRole of the role's name. */
  rules: string | null;
  created_at: number;
  updated_at: number;
}

export interface GrantTable {
  id: Generated<number>;
  user_id: number | null;
  team_id: number | null;
  role_id: number;
  /**
   * Reaches whichever environments have such labels, as `formatSelector` writes it; empty: all.
   * null: those in grant_environments.
   */
  environment_selector: string | null;
  /** JSON array of namespaces; null: the whole cluster, unless there is a selector. */
  namespaces: string | null;
  /** Reaches whichever namespaces have such labels; never empty. */
  namespace_selector: string | null;
  /** Why, for people. */
  note: Generated<string>;
  expires_at: number | null;
  created_at: number;
  created_by: number | null;
}

export interface GrantEnvironmentTable {
  grant_id: number;
  environment_id: number;
}

export interface KubeconfigTable {
  id: Generated<number>;
  user_id: number;
  name: string;
  /** SHA-256 of the token, hex; unique. */
  token_hash: string;
  hint: string;
  /** As it was when the file was made; that environment may be gone. */
  current_environment_id: number | null;
  created_at: number;
  /** A renewal brings it forward. */
  expires_at: number | null;
  /** Milliseconds without use after which it ends; null: it does not. Fixed when the file is made. */
  idle_after: number | null;
  renewed_at: number | null;
  /** The kubeconfig that took its place. */
  renewed_as: number | null;
  revoked_at: number | null;
  /** When its user was last told, by a `Warning:` header, that it is about to end. */
  warned_at: number | null;
  last_used_at: number | null;
  last_used_from: string | null;
  last_used_by: string | null;
}

export interface KubeconfigEnvironmentTable {
  kubeconfig_id: number;
  environment_id: number;
  /** Order inside the file. */
  position: number;
}

/** The change feed (changes.ts): one row a committed change that caches must hear of. */
export interface ChangeTable {
  id: Generated<number>;
  topic: string;
  created_at: number;
}

/** The tables of the audit log: a file of their own on SQLite, beside the others on PostgreSQL. */
export interface AuditSchema {
  audit_counter: AuditCounterTable;
  audit_events: AuditEventTable;
  audit_details: AuditDetailTable;
  audit_forms: AuditFormTable;
}

/** One row; whoever writes events holds its lock, so ids are in the order of commits. */
export interface AuditCounterTable {
  id: number;
  last_id: number;
  last_time: number;
}

/** What events are asked by. */
export interface AuditEventTable {
  /** In the order of writing. */
  id: number;
  /** When it happened; never before that of a lower id, by which it is off by a second at most. */
  time: number;
  kind: 'proxy' | 'act';
  user_id: number | null;
  /** As it was then. */
  username: string | null;
  environment_id: number | null;
  namespace: string | null;
  verb: string;
  resource: string | null;
  /** HTTP status; 0: none was sent. */
  status: number;
}

export interface AuditDetailTable {
  id: number;
  /** What fills the gaps of the form; without one, the whole `audit.k8s.io/v1` Event, JSON. */
  event: string;
  form_id: number | null;
}

/** Texts of Events with gaps for what each has of its own (audit/form.ts). */
export interface AuditFormTable {
  /** That of the first event with it: only so many of the next ones may have it (audit/formIds.ts). */
  id: number;
  form: string;
}

export type Row<T extends keyof Schema> = Selectable<Schema[T]>;
export type NewRow<T extends keyof Schema> = Insertable<Schema[T]>;
