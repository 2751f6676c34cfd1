import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../../../components/Icon.tsx';
import { Overlay } from '../../../components/Overlay.tsx';
import { findCommands, nextIndex } from '../../../lib/palette.ts';
import { type Command, useCommands } from './use-commands.ts';
import { useFoundEnvironments } from './use-found-environments.ts';
import './palette.css';

interface PaletteProps {
  readonly onClose: () => void;
  readonly onKubeconfig: () => void;
}

/**
 * Everything one can do from anywhere, found by typing: a combobox whose list is always open, as the
 * ARIA Authoring Practices describe it. The focus stays in the box; the arrows move the choice.
 */
export function Palette({ onClose, onKubeconfig }: PaletteProps) {
  const id = useId();
  const [query, setQuery] = useState('');
  const [index, setIndex] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = useFoundEnvironments(query);
  const commands = [...findCommands(useCommands(onKubeconfig), query), ...found];
  const chosen = commands[index];

  useEffect(() => {
    list.current?.children[index]?.scrollIntoView({ block: 'nearest' });
  }, [index]);

  function run(command: Command | undefined) {
    if (!command) return;
    // First closed, so that what it opens takes the focus last.
    onClose();
    command.run();
  }

  function onKeyDown(event: KeyboardEvent) {
    const next = nextIndex(event.key, index, commands.length);
    if (next !== undefined) setIndex(next);
    else if (event.key === 'Enter') run(chosen);
    else return;
    event.preventDefault();
  }

  return (
    <Overlay label="Commands" place="top" onClose={onClose}>
      <div className="sp-palette__box">
        <Icon name="search" />
        <input
          role="combobox"
          aria-label="What to do"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={chosen && `${id}-${index}`}
          placeholder="Go to a page or an environment, or do something"
          autoComplete="off"
          spellCheck={false}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setIndex(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div
        className="sp-palette__list"
        id={`${id}-list`}
        role="listbox"
        aria-label="Commands"
        ref={list}
      >
        {commands.map((command, at) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the focus and the keys
          <div
            key={command.key ?? command.name}
            id={`${id}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === index}
            className="sp-palette__command"
            onClick={() => run(command)}
            onPointerMove={() => setIndex(at)}
          >
            <Icon name={command.icon} />
            {command.name}
          </div>
        ))}
      </div>
      <p className="sp-palette__nothing" role="status">
        {commands.length === 0 && `Nothing is called “${query}”.`}
      </p>
    </Overlay>
  );
}
