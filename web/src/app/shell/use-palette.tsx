import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from 'react';
import { Palette } from './palette/Palette.tsx';

const KubeconfigDialog = lazy(() => import('../../pages/home/dialog/KubeconfigDialog.tsx'));

/**
 * The command palette: Ctrl-K or Cmd-K opens it wherever one is, unless a dialog wants an answer
 * first.
 *
 * @returns what opens it, and what is open, to be rendered once
 */
export function usePalette(): { openPalette: () => void; palette: ReactNode } {
  const [open, setOpen] = useState<'palette' | 'kubeconfig'>();
  const openPalette = useCallback(() => setOpen('palette'), []);
  const close = useCallback(() => setOpen(undefined), []);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const isShortcut =
        event.key.toLowerCase() === 'k' &&
        event.ctrlKey !== event.metaKey &&
        !event.altKey &&
        !event.shiftKey;
      if (!isShortcut) return;
      // Browsers put something else on these keys: a search of the web, say.
      event.preventDefault();
      if (!document.querySelector('[role="dialog"]')) openPalette();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [openPalette]);

  return {
    openPalette,
    palette: (
      <>
        {/* Part of the shell, not loaded when it is opened: what one types at once would be lost. */}
        {open === 'palette' && (
          <Palette onClose={close} onKubeconfig={() => setOpen('kubeconfig')} />
        )}
        <Suspense>{open === 'kubeconfig' && <KubeconfigDialog onClose={close} />}</Suspense>
      </>
    ),
  };
}
