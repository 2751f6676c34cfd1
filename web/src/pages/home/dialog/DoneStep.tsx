import { Button, ModalBody, ModalFooter } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { CopyButton, CopyLine } from '../../../components/CopyLine.tsx';
import { commandsFor } from '../../../lib/commands.ts';
import type { SavedFile } from './download.ts';

/** How to use the file that was just saved. */
export function DoneStep({ saved, onClose }: { saved: SavedFile; onClose: () => void }) {
  const start = useRef<HTMLParagraphElement>(null);
  // The button that was pressed is gone; reading goes on from here.
  useEffect(() => start.current?.focus(), []);
  return (
    <>
      <ModalBody>
        <div className="sp-stack">
          <p ref={start} tabIndex={-1}>
            Your browser has saved <b>{saved.name}</b>. Keep it like a password: whoever has the
            file acts as you. It is listed under{' '}
            <Link to="/kubeconfigs" onClick={onClose}>
              My kubeconfigs
            </Link>
            , where you can revoke it.
          </p>
          {commandsFor(saved.name).map((command) => (
            <CopyLine key={command.label} {...command} />
          ))}
          <div className="sp-row">
            <span>Or copy the file’s text:</span>
            <CopyButton text={saved.text} label="Copy the kubeconfig as text" />
          </div>
        </div>
      </ModalBody>
      <ModalFooter>
        <Button onClick={onClose}>Done</Button>
      </ModalFooter>
    </>
  );
}
