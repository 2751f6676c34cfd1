import { Outlet, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Icon } from '../../components/Icon.tsx';
import { Wordmark } from '../../components/Mark.tsx';
import { NoticeProvider } from '../../components/Notices.tsx';
import { useRoute } from '../client.ts';
import { useMe } from '../session.ts';
import { Side } from './Side.tsx';
import { usePalette } from './use-palette.tsx';
import './shell.css';

const ClockNote = lazy(() => import('./ClockNote.tsx'));
const LOOK_MS = 300_000;

/** The frame of every page behind the sign-in: the way around on one side, the page on the other. */
export function Shell() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [open, setOpen] = useState(false);
  const { openPalette, palette } = usePalette();
  const enabled = useMe().role === 'admin';
  const clock = useRoute('system.clock', undefined, { enabled, refetchInterval: LOOK_MS }).data;
  const content = useRef<HTMLElement>(null);
  const arrivedAt = useRef(path);

  useEffect(() => {
    if (arrivedAt.current === path) return;
    arrivedAt.current = path;
    setOpen(false);
    // The next page begins at its beginning, for the eye as for a screen reader.
    content.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [path]);

  return (
    <NoticeProvider>
      <a className="sp-skip" href="#content">
        Skip to the page
      </a>
      <div className="sp-shell" data-open={open || undefined}>
        <header className="sp-bar">
          <Wordmark />
          <button
            type="button"
            className="sp-bar__menu"
            aria-expanded={open}
            aria-controls="side"
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? 'close' : 'menu'} />
            <span className="sp-visually-hidden">Menu</span>
          </button>
        </header>
        <Side onPalette={openPalette} />
        <main id="content" className="sp-content" ref={content} tabIndex={-1}>
          {clock && clock.behindSeconds > 0 && (
            <Suspense fallback={null}>
              <ClockNote behindSeconds={clock.behindSeconds} />
            </Suspense>
          )}
          <Outlet />
        </main>
      </div>
      {palette}
    </NoticeProvider>
  );
}
