import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Icon } from './Icon.tsx';
import './notices.css';

type Tone = 'good' | 'bad';
interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
}

const SHOWN_MS = 6_000;
const Context = createContext<(text: string, tone?: Tone) => void>(() => {});

/** Gives the function that says what has just happened, to the eye and to a screen reader. */
export function useNotify() {
  return useContext(Context);
}

/** Holds the short notices that pages leave behind: said once, gone by themselves. */
export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Notice[]>([]);
  const nextId = useRef(1);
  const drop = useCallback((id: number) => {
    setNotices((all) => all.filter((notice) => notice.id !== id));
  }, []);
  const notify = useCallback(
    (text: string, tone: Tone = 'good') => {
      const id = nextId.current++;
      setNotices((all) => [...all, { id, text, tone }]);
      // What went wrong stays until it is put away.
      if (tone === 'good') setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  return (
    <Context value={notify}>
      {children}
      <section className="sp-notices" aria-label="Notices" aria-live="polite">
        {notices.map(({ id, text, tone }) => (
          <div key={id} className="sp-notice" data-tone={tone}>
            <Icon name={tone === 'good' ? 'done' : 'close'} />
            {text}
            <button type="button" onClick={() => drop(id)}>
              <Icon name="close" size={14} />
              <span className="sp-visually-hidden">Put away</span>
            </button>
          </div>
        ))}
      </section>
    </Context>
  );
}
