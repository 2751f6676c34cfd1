import { type Asker, createRevocation, rowFor } from './end.ts';
import { createIssuer, type IssuerDependencies } from './issue.ts';
import { createListing } from './list.ts';

export interface KubeconfigsDependencies extends Omit<IssuerDependencies, 'now'> {
  readonly now?: () => number;
}

export type Kubeconfigs = ReturnType<typeof createKubeconfigs>;

/** Issued kubeconfigs as objects: made, renewed, listed, renamed, revoked. */
export function createKubeconfigs({ now = Date.now, ...dependencies }: KubeconfigsDependencies) {
  const { store } = dependencies;
  const listing = createListing(store, now);
  return {
    ...createIssuer({ ...dependencies, now }),
    ...createRevocation(store, now),
    ...listing,

    /**
     * Gives a kubeconfig another name. The file itself does not hold it.
     *
     * @throws kubeconfig.not_found
     */
    async rename(id: number, name: string, by: Asker) {
      await store.write(async (tx) => {
        await rowFor(tx, id, by);
        await tx.updateTable('kubeconfigs').set({ name }).where('id', '=', id).execute();
      });
      return listing.get(id, by);
    },
  };
}
