import { TextInput } from '@patternfly/react-core';
import { type KeyboardEvent, useEffect, useEffectEvent, useRef, useState } from 'react';
import { nextIndex } from '../../lib/palette.ts';
import { Icon } from '../Icon.tsx';
import type { Choice } from './PickOne.tsx';
import './combo-box.css';

/** What there is to choose from, searched on the server. */
export interface ComboList {
  /** As far as it was read; undefined while nothing was. */
  readonly choices: readonly Choice[] | undefined;
  /** How many match in all. */
  readonly total: number;
  /** Set while `choices` are not yet those of what was typed last. */
  readonly isBusy: boolean;
  readonly error: unknown;
}

interface ComboBoxProps {
  readonly id: string;
  readonly label: string;
  /** What the list holds, in the plural. */
  readonly noun: string;
  /** What having chosen none means: `All`. */
  readonly none: string;
  /** Is that the first choice? Otherwise it is only what the box says until one is chosen. */
  readonly offersNone?: boolean | undefined;
  readonly chosen: Choice | undefined;
  readonly onChoose: (choice: Choice | undefined) => void;
  readonly list: ComboList;
  /** Told what is typed while the list is open, and undefined once it is closed. */
  readonly onQuery: (query: string | undefined) => void;
  /** The element that says more of it. */
  readonly describedBy?: string | undefined;
}

/** The keys that open the list, besides any letter. */
const OPENERS = ['ArrowDown', 'ArrowUp', 'Enter'];

/**
 * One of very many, in the room of one line: a combobox with a list, as the ARIA Authoring Practices
 * describe it. The focus stays in the box; the arrows move the choice, Enter takes it, and Escape or
 * leaving the box takes nothing.
 */
export function ComboBox(props: ComboBoxProps) {
  const { id, label, noun, none, offersNone = true, chosen, onChoose, list, onQuery } = props;
  const [query, setQuery] = useState<string>();
  const [index, setIndex] = useState(0);
  const [isWanted, setWanted] = useState(false);
  const options = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const isOpen = query !== undefined;
  /** What the box says while the list is closed. */
  const shut = isOpen ? undefined : (chosen?.name ?? none);
  const offered = [...(query || !offersNone ? [] : [undefined]), ...(list.choices ?? [])];
  const active = isOpen && index < offered.length ? `${id}-option-${index}` : undefined;

  useEffect(() => {
    options.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [index]);
  useEffect(() => {
    // What is typed next is a new search, not an addition to the name.
    const isShut = shut !== undefined;
    if (isShut && document.activeElement === input.current) input.current?.select();
  }, [shut]);
  const takeWanted = useEffectEvent(() => choose(index));
  useEffect(() => {
    if (isWanted && !list.isBusy) takeWanted();
  }, [isWanted, list.isBusy]);

  function ask(next: string | undefined) {
    setQuery(next);
    setIndex(0);
    setWanted(false);
    onQuery(next);
  }

  function choose(at: number) {
    setWanted(false);
    if (at >= offered.length) return;
    const choice = offered[at];
    ask(undefined);
    if (choice?.id !== chosen?.id) onChoose(choice);
  }

  function onKeyDown(event: KeyboardEvent) {
    const next = isOpen ? nextIndex(event.key, index, offered.length) : undefined;
    if (next !== undefined) setIndex(next);
    else if (!isOpen && OPENERS.includes(event.key)) ask('');
    else if (isOpen && event.key === 'Escape') ask(undefined);
    // Pressed before the server has answered, it takes the first of what will have been found.
    else if (isOpen && event.key === 'Enter') list.isBusy ? setWanted(true) : choose(index);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  return (
    <div className="sp-combo">
      <TextInput
        id={id}
        ref={input}
        role="combobox"
        aria-label={label}
        aria-describedby={props.describedBy}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={active}
        autoComplete="off"
        spellCheck={false}
        placeholder={chosen?.name ?? none}
        value={query ?? shut}
        onChange={(_, next) => ask(next)}
        onClick={() => !isOpen && ask('')}
        onKeyDown={onKeyDown}
        onBlur={() => isOpen && ask(undefined)}
      />
      <Icon name="unfold" size={16} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it only leaves the focus where it is */}
      <div
        className="sp-combo__popup"
        hidden={!isOpen}
        onMouseDown={(event) => event.preventDefault()}
      >
        <div
          className="sp-combo__list"
          id={`${id}-list`}
          role="listbox"
          aria-label={noun}
          ref={options}
        >
          {isOpen &&
            offered.map((choice, at) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the focus and the keys
              <div
                key={choice?.id ?? 'none'}
                id={`${id}-option-${at}`}
                role="option"
                tabIndex={-1}
                aria-selected={at === index}
                className="sp-combo__option"
                onClick={() => choose(at)}
                onPointerMove={() => setIndex(at)}
              >
                {choice?.name ?? none}
                {choice?.id === chosen?.id && <Icon name="done" size={16} />}
              </div>
            ))}
        </div>
        <p className="sp-combo__note" role="status">
          {isOpen && noteOf(list)}
        </p>
      </div>
    </div>
  );
}

function noteOf({ choices, total, error }: ComboList): string {
  if (!choices) return error ? 'They could not be read. Open the list again to retry.' : 'Looking…';
  if (choices.length === 0) return 'Nothing matches.';
  return total > choices.length ? `${total - choices.length} more: type to find them.` : '';
}
