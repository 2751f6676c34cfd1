import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { Icon } from './Icon.tsx';
import './copy-line.css';

/** A line to paste elsewhere, with a button that copies it. */
export function CopyLine({ label, line }: { label: string; line: string }) {
  return (
    <div className="sp-copy">
      <span className="sp-copy__label">{label}</span>
      <code className="sp-mono">{line}</code>
      <CopyButton text={line} label={`Copy: ${label}`} />
    </div>
  );
}

/** Copies a text, and says so where it stands. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      // No clipboard over plain HTTP, or the person said no: the text stays there to be selected.
      setState('failed');
    }
  }
  return (
    <Button
      variant="plain"
      aria-label={label}
      title={label}
      onClick={() => void copy()}
      icon={<Icon name={state === 'copied' ? 'done' : 'copy'} size={16} />}
    >
      <span className="sp-visually-hidden" aria-live="polite">
        {state === 'copied' ? 'Copied' : state === 'failed' ? 'Select the text and copy it' : ''}
      </span>
    </Button>
  );
}
