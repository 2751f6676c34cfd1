import {
  durationInWords,
  type ExpiryPolicy,
  lastsNoLonger,
  parseDuration,
} from '@sallyport/contract';
import type { Transaction } from 'kysely';
import type { Accessible } from '../access/access.ts';
import { fail } from '../errors.ts';
import type { Row, Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { newToken } from '../tokens.ts';
import { rowFor } from './end.ts';
import { isInState } from './life.ts';
import { environmentsOf } from './list.ts';
import type { NamedEnvironment } from './names.ts';
import { spoken } from './spoken.ts';

/** The settings in force for what is issued now. */
export interface IssuePolicy {
  readonly expiry: ExpiryPolicy;
  /** Milliseconds without use after which a file ends; 0: it does not. */
  readonly idleAfter: number;
  /** How many live kubeconfigs a user may hold; 0: as many as they like. */
  readonly perUser: number;
}

export interface IssuerDependencies {
  readonly store: Store;
  /** Which environments a user may enter now. */
  readonly accessible: (userId: number) => Promise<Accessible>;
  readonly policy: () => IssuePolicy;
  readonly now: () => number;
}

/** What a person asks for when they download a kubeconfig. */
export interface IssueRequest {
  readonly userId: number;
  readonly name?: string | undefined;
  /** undefined: all that the person may enter. */
  readonly environmentIds: readonly number[] | undefined;
  /** A duration as text; absent: the setting. */
  readonly expiresIn?: string | undefined;
  readonly currentEnvironmentId?: number | undefined;
}

/** What a person asks for when they renew one. */
export interface RenewRequest {
  readonly id: number;
  readonly userId: number;
  /** How long the old file stays good, a duration as text; `0`: not at all. */
  readonly overlap: string;
  readonly expiresIn?: string | undefined;
}

/** An issued kubeconfig. The token exists here and in the file, and nowhere else afterwards. */
export interface Issued {
  readonly id: number;
  readonly token: string;
  readonly expiresAt: number | null;
  readonly environments: readonly NamedEnvironment[];
  readonly currentEnvironmentId: number | undefined;
}

/** What of a new file is decided before its row is written. */
interface NewFile {
  readonly userId: number;
  readonly name: string;
  readonly environments: readonly NamedEnvironment[];
  readonly expiresIn: string | undefined;
  readonly currentEnvironmentId: number | undefined;
  /** The one that it takes the place of, which is not counted against the limit. */
  readonly inPlaceOf?: number;
}

/** Makes kubeconfigs: anew, or in place of another. */
export function createIssuer({ store, accessible, policy, now }: IssuerDependencies) {
  /**
   * Issues a kubeconfig. Its expiry is fixed here, so that a changed setting touches later files
   * only.
   *
   * @throws kubeconfig.nothing_selected, kubeconfig.nothing_accessible,
   *   kubeconfig.duplicate_environment, environment.not_found, kubeconfig.environment_forbidden,
   *   kubeconfig.current_not_selected, kubeconfig.expiry_too_long, kubeconfig.too_many
   */
  async function issue(request: IssueRequest): Promise<Issued> {
    const environments = await selectEnvironments(request);
    const { userId, name, expiresIn, currentEnvironmentId } = request;
    if (
      currentEnvironmentId !== undefined &&
      !environments.some(({ id }) => id === currentEnvironmentId)
    ) {
      throw fail('kubeconfig.current_not_selected', { id: currentEnvironmentId });
    }
    return store.write(async (tx, changed) => {
      const file = {
        userId,
        name: name ?? defaultName(environments, now()),
        ...{ environments, expiresIn, currentEnvironmentId },
      };
      changed('kubeconfigs');
      return insert(tx, file);
    });
  }

  /**
   * Issues a file in place of another of the same person: same name, same environments as far as
   * they may still be entered. The old file ends after the overlap, or when it would have anyway.
   *
   * @throws kubeconfig.not_found, kubeconfig.renewed_already, kubeconfig.revoked_already,
   *   kubeconfig.nothing_accessible, kubeconfig.expiry_too_long, kubeconfig.too_many
   */
  async function renew({ id, userId, overlap, expiresIn }: RenewRequest): Promise<Issued> {
    const access = await accessible(userId);
    return store.write(async (tx, changed) => {
      const old = await rowFor(tx, id, { userId, admin: false });
      refuseRenewal(old);
      const covered = await environmentsOf(tx, [id]);
      const environments = covered
        .filter((environment) => access.has(environment.id))
        .map(({ id, name }) => ({ id, name }));
      if (environments.length === 0) throw fail('kubeconfig.nothing_left');
      const current = environments.find(({ id }) => id === old.current_environment_id);
      const issued = await insert(tx, {
        userId,
        name: old.name,
        ...{ environments, expiresIn, inPlaceOf: id },
        currentEnvironmentId: current?.id,
      });
      const at = now();
      const end = at + (parseDuration(overlap) ?? 0);
      await tx
        .updateTable('kubeconfigs')
        .set({
          renewed_at: at,
          renewed_as: issued.id,
          expires_at: old.expires_at === null ? end : Math.min(old.expires_at, end),
        })
        .where('id', '=', id)
        .execute();
      changed('kubeconfigs');
      return issued;
    });
  }

  async function insert(tx: Transaction<Schema>, file: NewFile): Promise<Issued> {
    const { userId, environments, currentEnvironmentId } = file;
    const { expiry, idleAfter, perUser } = policy();
    const at = now();
    await keepLimit(tx, file, perUser);
    const lifetime = lifetimeOf(file.expiresIn, expiry);
    const expiresAt = lifetime === 0 ? null : at + lifetime;
    const { token, hash, hint } = newToken('kubeconfig');
    const { id } = await tx
      .insertInto('kubeconfigs')
      .values({
        user_id: userId,
        name: file.name,
        token_hash: hash,
        hint,
        current_environment_id: currentEnvironmentId ?? null,
        created_at: at,
        expires_at: expiresAt,
        idle_after: idleAfter === 0 ? null : idleAfter,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await tx
      .insertInto('kubeconfig_environments')
      .values(
        environments.map((environment, position) => ({
          kubeconfig_id: id,
          environment_id: environment.id,
          position,
        })),
      )
      .execute();
    return { id, token, expiresAt, environments, currentEnvironmentId };
  }

  /** @throws kubeconfig.too_many */
  async function keepLimit(tx: Transaction<Schema>, file: NewFile, limit: number): Promise<void> {
    if (limit === 0) return;
    const { live } = await tx
      .selectFrom('kubeconfigs')
      .where('user_id', '=', file.userId)
      .where('id', '<>', file.inPlaceOf ?? 0)
      .where(isInState('active', now()))
      .select(({ fn }) => fn.countAll().as('live'))
      .executeTakeFirstOrThrow();
    if (Number(live) >= limit) throw fail('kubeconfig.too_many', { limit });
  }

  async function selectEnvironments({ userId, environmentIds }: IssueRequest) {
    const access = await accessible(userId);
    const known = await store.db.selectFrom('environments').select(['id', 'name']).execute();
    const names = new Map(known.map(({ id, name }) => [id, name]));
    if (environmentIds === undefined) {
      const all = known.filter(({ id }) => access.has(id)).sort((a, b) => a.id - b.id);
      if (all.length === 0) throw fail('kubeconfig.nothing_accessible');
      return all;
    }
    if (environmentIds.length === 0) throw fail('kubeconfig.nothing_selected');
    const seen = new Set<number>();
    return environmentIds.map((id) => {
      if (seen.has(id)) throw fail('kubeconfig.duplicate_environment', { id });
      seen.add(id);
      const name = names.get(id);
      if (name === undefined) throw fail('environment.not_found', { id });
      if (!access.has(id)) throw fail('kubeconfig.environment_forbidden', { id });
      return { id, name };
    });
  }

  return { issue, renew };
}

/** A renewal has one successor, and what was taken back does not come back by itself. */
function refuseRenewal({ id, renewed_at, revoked_at }: Row<'kubeconfigs'>): void {
  if (revoked_at !== null) {
    throw fail('kubeconfig.revoked_already', { id, time: spoken(revoked_at) });
  }
  if (renewed_at !== null) {
    throw fail('kubeconfig.renewed_already', { id, time: spoken(renewed_at) });
  }
}

/** @returns milliseconds; 0: for ever */
function lifetimeOf(asked: string | undefined, expiry: ExpiryPolicy): number {
  const lifetime = asked ?? expiry.default;
  const ms = parseDuration(lifetime);
  if (ms === undefined) throw fail('request.invalid', { why: 'expiresIn is no duration.' });
  if (!lastsNoLonger(lifetime, expiry.longest)) {
    const limit = durationInWords(parseDuration(expiry.longest) ?? 0);
    throw fail('kubeconfig.expiry_too_long', { limit });
  }
  return ms;
}

function defaultName(environments: readonly NamedEnvironment[], at: number): string {
  const [first, ...others] = environments;
  const what = others.length === 0 ? first?.name : `${first?.name} and ${others.length} more`;
  return `${(what ?? '').slice(0, 80)}, ${new Date(at).toISOString().slice(0, 10)}`;
}
