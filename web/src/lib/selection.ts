/** What is ticked: ids, each at most once whatever is done. */
export type Selection = ReadonlySet<number>;

export const NOTHING: Selection = new Set();

/** Ticks or unticks one. */
export function toggle(selection: Selection, id: number): Selection {
  const next = new Set(selection);
  if (!next.delete(id)) next.add(id);
  return next;
}

/** Ticks or unticks all that are shown; what is not shown stays as it is. */
export function setShown(
  selection: Selection,
  shown: readonly number[],
  ticked: boolean,
): Selection {
  const next = new Set(selection);
  for (const id of shown) {
    if (ticked) next.add(id);
    else next.delete(id);
  }
  return next;
}

/** How many of those shown are ticked, as a tri-state box wants to know it. */
export function shownState(
  selection: Pick<Selection, 'has'>,
  shown: readonly number[],
): 'none' | 'some' | 'all' {
  const ticked = shown.filter((id) => selection.has(id)).length;
  if (ticked === 0) return 'none';
  return ticked === shown.length ? 'all' : 'some';
}
