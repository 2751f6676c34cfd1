import { type KeyboardEvent, useId, useState } from 'react';
import { Icon } from '../../components/Icon.tsx';
import { added, wordsIn } from '../../lib/rules.ts';

interface WordsFieldProps {
  readonly label: string;
  readonly words: readonly string[];
  readonly onChange: (words: string[]) => void;
  /** Offered while typing. */
  readonly offers: readonly string[];
  readonly help?: string;
  readonly error?: string | undefined;
  /** How a word is shown, and what is meant by one that is typed. */
  readonly show?: (word: string) => string;
  readonly read?: (word: string) => string;
}

/**
 * A list of words, each put in with Enter or a comma and taken out by its button, or by Backspace.
 * The browser's own completion offers what is known.
 */
export function WordsField(props: WordsFieldProps) {
  const { label, words, onChange, offers, help, error, show = same, read = same } = props;
  const id = useId();
  const [text, setText] = useState('');
  const note = error ?? help;

  function put(typed: string): void {
    const found = wordsIn(typed).map(read);
    if (found.length > 0) onChange(added(words, found));
    setText('');
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>): void {
    if (event.key === 'Enter' && text !== '') {
      // Not the form's: there is a word to finish first.
      event.preventDefault();
      put(text);
    } else if (event.key === 'Backspace' && text === '' && words.length > 0) {
      onChange(words.slice(0, -1));
    }
  }

  return (
    <div className="sp-words">
      <label htmlFor={id}>{label}</label>
      <div className="sp-words__box" data-wrong={error ? true : undefined}>
        {words.length > 0 && (
          <ul aria-label={`${label}, chosen`}>
            {words.map((word) => (
              <li key={word} className="sp-mono">
                {show(word)}
                <button
                  type="button"
                  aria-label={`Take out ${show(word)}`}
                  onClick={() => onChange(words.filter((other) => other !== word))}
                >
                  <Icon name="close" size={12} />
                </button>
              </li>
            ))}
          </ul>
        )}
        <input
          id={id}
          className="sp-mono"
          list={`${id}-offers`}
          value={text}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={error ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          onChange={({ target: { value }, nativeEvent }) => {
            // A choice from the list comes without a key, and is whole.
            const chosen = !('data' in nativeEvent) || nativeEvent.data === undefined;
            if (/[\s,]/.test(value) || (chosen && offers.includes(value))) put(value);
            else setText(value);
          }}
          onKeyDown={onKeyDown}
          onBlur={() => put(text)}
        />
        <datalist id={`${id}-offers`}>
          {offers
            .filter((offer) => !words.includes(read(offer)))
            .map((offer) => (
              <option key={offer} value={offer} />
            ))}
        </datalist>
      </div>
      {note && (
        <p id={`${id}-note`} className="sp-words__note" data-wrong={error ? true : undefined}>
          {note}
        </p>
      )}
    </div>
  );
}

function same(word: string): string {
  return word;
}
