import { useEffect, useRef, useState } from 'react';

/**
 * The text of a field that is passed on once the person pauses, since every letter would be too
 * often.
 *
 * @param value what was passed on, or came from outside: by the back button, say
 * @param wait how long to wait for the next key, in milliseconds
 */
export function useLateText(value: string, onChange: (value: string) => void, wait: number) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    if (value !== sent.current) setText(value);
    sent.current = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);

  function change(next: string) {
    setText(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = next.trim();
      onChange(next.trim());
    }, wait);
  }
  return { text, change };
}
