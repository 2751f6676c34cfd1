import { ENDS_SOON, endsSoonFrom } from '@sallyport/contract';
import type { Logger, Store } from '../store/store.ts';
import type { Caller } from './caller.ts';
import { spoken } from './spoken.ts';

export interface EndNoticeDependencies {
  readonly store: Store;
  readonly logger: Logger;
  readonly now?: () => number;
  /** How long a request may wait to learn whether it is the one that tells, in milliseconds. */
  readonly patience?: number;
}

/**
 * How often the user of one kubeconfig is told: an hour, and as much more as may pass between the
 * claim and the answer that carries it (the proxy waits two minutes for a cluster), so that no two
 * answers are within an hour.
 */
const EVERY_MS = 62 * 60_000;
const PATIENCE_MS = 250;
/** kubeconfigs that were asked about; when there are more, all are asked about anew. */
const MAX_ASKED = 10_000;

/**
 * Tells users of a kubeconfig that it is about to end: once an hour at the most, whichever process
 * or replica their requests come to. Whoever would tell first claims that hour in the store.
 */
export function createEndNotices({
  store,
  logger,
  now = Date.now,
  patience = PATIENCE_MS,
}: EndNoticeDependencies) {
  /** When to ask the store next, by kubeconfig: epoch milliseconds. */
  const askAgain = new Map<number, number>();

  /**
   * Says what the user of a kubeconfig is to be told with the answer to this request.
   *
   * @returns undefined at once for nearly every request: only where an end is near and this process
   *   has not asked for an hour is the store asked. `{url}` stands for where Sallyport is reached.
   */
  function due(caller: Caller): string | undefined | Promise<string | undefined> {
    const { expiresAt, signInUntil, kubeconfigId } = caller;
    if (expiresAt === null && signInUntil === null) return undefined;
    const at = now();
    const near = nearEnd(caller, at);
    if (near === undefined) return undefined;
    if (at < (askAgain.get(kubeconfigId) ?? 0)) return undefined;
    if (askAgain.size >= MAX_ASKED) askAgain.clear();
    askAgain.set(kubeconfigId, at + EVERY_MS);
    return claimSoon(kubeconfigId, sentence(caller, near), at);
  }

  /** A database that is slow or down costs the notice, not the request. */
  async function claimSoon(kubeconfigId: number, text: string, at: number) {
    const { promise: late, resolve } = Promise.withResolvers<false>();
    const timer = setTimeout(resolve, patience, false as const);
    const claimed = claim(kubeconfigId, at).catch((error: unknown) => {
      logger.warn({ err: error }, 'a notice that a kubeconfig is about to end was not claimed');
      return false;
    });
    const mine = await Promise.race([claimed, late]);
    clearTimeout(timer);
    return mine ? text : undefined;
  }

  /** @returns whether it is for this request to tell */
  async function claim(id: number, at: number): Promise<boolean> {
    const row = await store.db
      .selectFrom('kubeconfigs')
      .where('id', '=', id)
      .select('warned_at')
      .executeTakeFirst();
    if (!isDue(row?.warned_at, at)) return wait(id, row?.warned_at);
    // Nobody's cache holds it, so nobody need hear of it.
    return store.write(async (tx) => {
      const { warned_at } = await tx
        .selectFrom('kubeconfigs')
        .where('id', '=', id)
        .select('warned_at')
        .executeTakeFirstOrThrow();
      if (!isDue(warned_at, at)) return wait(id, warned_at);
      await tx.updateTable('kubeconfigs').set({ warned_at: at }).where('id', '=', id).execute();
      return true;
    });
  }

  /** Another process has told: the next turn may be this one's. */
  function wait(id: number, warnedAt: number | null | undefined): false {
    if (warnedAt) askAgain.set(id, warnedAt + EVERY_MS);
    return false;
  }

  return { due };
}

function isDue(warnedAt: number | null | undefined, at: number): boolean {
  return warnedAt === null || warnedAt === undefined || warnedAt <= at - EVERY_MS;
}

/** Of the ends that are near, the one that comes first: the file's own, or that of the sign-in. */
function nearEnd(caller: Caller, at: number): 'file' | 'signIn' | undefined {
  const { createdAt, expiresAt, renewedAt, signInAt, signInUntil } = caller;
  const isSignInNear = signInUntil !== null && at >= endsSoonFrom(signInAt ?? 0, signInUntil);
  // An older file of one that was renewed has no life of its own left, only the overlap.
  const isFileNear =
    expiresAt !== null &&
    at >=
      (renewedAt === null ? endsSoonFrom(createdAt, expiresAt) : expiresAt - ENDS_SOON.atMostMs);
  if (isSignInNear && !(isFileNear && expiresAt <= signInUntil)) return 'signIn';
  return isFileNear ? 'file' : undefined;
}

function sentence(caller: Caller, near: 'file' | 'signIn'): string {
  const { renewedAt } = caller;
  const end = spoken((near === 'file' ? caller.expiresAt : caller.signInUntil) ?? 0);
  if (near === 'signIn') {
    return `Your sign-in through the provider counts until ${end}. Sign in at {url} again, and this kubeconfig goes on`;
  }
  if (renewedAt !== null) {
    return `This kubeconfig was renewed at ${spoken(renewedAt)}, and this older file of it ends at ${end}. Use the newer file, or see {url}/kubeconfigs`;
  }
  return `This kubeconfig expires at ${end}. Renew it at {url}/kubeconfigs`;
}
