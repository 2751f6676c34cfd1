/** What is picked: each id once whatever is done, with its name, in the order of picking. */
export type Picked = ReadonlyMap<number, string>;

interface Named {
  readonly id: number;
  readonly name: string;
}

export const NOTHING_PICKED: Picked = new Map();

/** Picks or lets go of several; what is not among them stays as it is. */
export function setPicked(picked: Picked, items: readonly Named[], isPicked: boolean): Picked {
  const next = new Map(picked);
  for (const { id, name } of items) {
    if (isPicked) next.set(id, name);
    else next.delete(id);
  }
  return next;
}
