import type { ReactNode } from 'react';
import './filters.css';

/** The fields that say which rows of a list to show; as many beside each other as there is room. */
export function Filters({ children }: { children: ReactNode }) {
  return (
    <fieldset className="sp-filters">
      <legend className="sp-visually-hidden">Filters</legend>
      {children}
    </fieldset>
  );
}
