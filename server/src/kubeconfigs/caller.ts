import { SallyportError } from '../errors.ts';

/** Who stands behind a kubeconfig's token: what gate one knows before it looks at an environment. */
export interface Caller {
  readonly kubeconfigId: number;
  readonly userId: number;
  readonly username: string;
  /** The user's UUID, sent as `Impersonate-Uid`. */
  readonly uid: string;
  /** Names of the user's teams. */
  readonly teams: readonly string[];
  /** The environments that this kubeconfig covers. */
  readonly environmentIds: ReadonlySet<number>;
  /** Epoch milliseconds, as the times below. */
  readonly createdAt: number;
  /** null: never. */
  readonly expiresAt: number | null;
  /** When it ends unless it is used before, as far as that was written; null: never. */
  readonly idleAt: number | null;
  /** When it ends unless its user signs in through the provider again; null: it does not. */
  readonly signInUntil: number | null;
  /** From when on that sign-in counts; null where {@link signInUntil} is. */
  readonly signInAt: number | null;
  /** When it was renewed: then {@link expiresAt} is the end of the overlap. */
  readonly renewedAt: number | null;
}

/**
 * A kubeconfig that is known and no longer good. Its client hears no more than by any other error;
 * the audit log says whose it was.
 */
export class KubeconfigRefused extends SallyportError {
  /** Without teams and environments: it enters none. */
  readonly caller: Caller;

  constructor({ code, params, cause }: SallyportError, caller: Caller) {
    super(code, params, cause);
    this.caller = caller;
  }
}
