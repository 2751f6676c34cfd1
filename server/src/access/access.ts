/** One thing that a caller's grants give in an environment. */
export interface AccessEntry {
  readonly role: string;
  /** null: the whole cluster. */
  readonly namespaces: readonly string[] | null;
  /** By which labels the namespaces are chosen; `namespaces` are those that match now. */
  readonly namespaceSelector?: string;
  /** When this entry ends, epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
}

/** What one user may do in one environment, at one moment. */
export interface Access {
  readonly entries: readonly AccessEntry[];
  /**
   * The groups that carry the entries to the cluster, one a (role, scope). Empty in `external`
   * mode, where the cluster's owner binds the user and the teams themselves.
   */
  readonly groups: readonly string[];
  /** When the next entry ends and this answer must be made anew, epoch ms; null: never. */
  readonly validUntil: number | null;
}

/**
 * The environments that somebody may enter: which, as a set; and what they may do in one, worked out
 * when it is asked for, since of a thousand environments a page shows fifty.
 */
export type Accessible = Pick<ReadonlyMap<number, Access>, 'size' | 'keys' | 'has' | 'get'>;
