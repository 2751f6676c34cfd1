import { Button, ModalBody, ModalFooter, Radio } from '@patternfly/react-core';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { CopyButton, CopyLine } from '../../../components/CopyLine.tsx';
import { commandsFor, SYSTEMS, systemOf } from '../../../lib/commands.ts';
import { kubeconfigHints } from '../../../lib/kubeconfig-text.ts';
import '../../environments/environments.css';
import type { SavedFile } from './download.ts';

/** How to use the file that was just saved. */
export function DoneStep({ saved, onClose }: { saved: SavedFile; onClose: () => void }) {
  const start = useRef<HTMLParagraphElement>(null);
  const [system, setSystem] = useState(() => systemOf(navigator.userAgent));
  const { currentContext } = kubeconfigHints(saved.text);
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
          <fieldset className="sp-kinds">
            <legend className="sp-visually-hidden">Where you use it</legend>
            {SYSTEMS.map(({ value, label }) => (
              <Radio
                key={value}
                id={`system-${value}`}
                name="system"
                label={label}
                isChecked={system === value}
                onChange={() => setSystem(value)}
              />
            ))}
          </fieldset>
          {commandsFor(system, saved.name, currentContext).map((command) => (
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
