import { Button } from '@patternfly/react-core';
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { Icon } from './Icon.tsx';
import './notices.css';

type Tone = 'good' | 'bad';

/** What to do about what is said. */
interface NoticeAct {
  readonly name: string;
  readonly run: () => void;
}

interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: Tone;
  readonly act: NoticeAct | undefined;
}

type Notify = (text: string, tone?: Tone, act?: NoticeAct) => void;

const SHOWN_MS = 6_000;
const Context = createContext<Notify>(() => {});

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
    (text: string, tone: Tone = 'good', act?: NoticeAct) => {
      const id = nextId.current++;
      setNotices((all) => [...all, { id, text, tone, act }]);
      // What went wrong stays until it is put away.
      if (tone === 'good') setTimeout(() => drop(id), SHOWN_MS);
    },
    [drop],
  );
  return (
    <Context value={notify}>
      {children}
      <section className="sp-notices" aria-label="Notices" aria-live="polite">
        {notices.map(({ id, text, tone, act }) => (
          <div
            key={id}
            className="sp-notice"
            data-tone={tone}
            role={tone === 'bad' ? 'alert' : undefined}
          >
            <Icon name={tone === 'good' ? 'done' : 'close'} />
            <span className="sp-notice__text">{text}</span>
            {act && (
              <Button
                variant="link"
                isInline
                onClick={() => {
                  drop(id);
                  act.run();
                }}
              >
                {act.name}
              </Button>
            )}
            <button className="sp-notice__close" type="button" onClick={() => drop(id)}>
              <Icon name="close" size={14} />
              <span className="sp-visually-hidden">Put away</span>
            </button>
          </div>
        ))}
      </section>
    </Context>
  );
}
