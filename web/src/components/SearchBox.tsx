import { TextInput } from '@patternfly/react-core';
import { useEffect, useEffectEvent, useRef } from 'react';
import { Icon } from './Icon.tsx';
import { useLateText } from './use-late-text.ts';
import './search-box.css';

interface SearchBoxProps {
  /** What it searches, said to screen readers and shown while it is empty. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** How long to wait for the next key before searching, in milliseconds. */
  readonly wait?: number;
  readonly autoFocus?: boolean;
}

/** A box to search with: it answers while one types, and Escape empties it before it closes a dialog. */
export function SearchBox({ label, value, onChange, wait = 0, autoFocus = false }: SearchBoxProps) {
  const { text, change } = useLateText(value, onChange, wait);
  const box = useRef<HTMLDivElement>(null);
  const empty = useEffectEvent(() => change(''));
  useEffect(() => {
    // Not by React: a dialog listens on the body itself, and the first Escape is not for it.
    const stop = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !(event.target as HTMLInputElement).value) return;
      event.stopPropagation();
      empty();
    };
    const node = box.current;
    node?.addEventListener('keydown', stop);
    return () => node?.removeEventListener('keydown', stop);
  }, []);

  return (
    <div className="sp-search" ref={box}>
      <Icon name="search" size={16} />
      <TextInput
        type="search"
        aria-label={label}
        placeholder={label}
        value={text}
        autoFocus={autoFocus}
        onChange={(_, next) => change(next)}
      />
    </div>
  );
}
