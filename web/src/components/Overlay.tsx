import { type ReactNode, useLayoutEffect, useRef } from 'react';
import './overlay.css';

interface OverlayProps {
  readonly label: string;
  /** Where it stands: under the top edge, or along the side. */
  readonly place: 'top' | 'side';
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/**
 * A browser's own modal dialog: it holds the focus and gives it back, and Escape or a press beside it
 * closes it. For what is no form; those are PatternFly's.
 */
export function Overlay({ label, place, onClose, children }: OverlayProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next paint, and closed before what follows takes the focus, as closing gives it back.
  useLayoutEffect(() => {
    const node = dialog.current;
    node?.showModal();
    return () => node?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the keyboard's way, by the browser
    <dialog
      ref={dialog}
      className="sp-overlay"
      data-place={place}
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="sp-overlay__box">{children}</div>
    </dialog>
  );
}
