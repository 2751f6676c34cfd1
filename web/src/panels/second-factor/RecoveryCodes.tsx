import { Button } from '@patternfly/react-core';
import { useState } from 'react';
import { Icon } from '../../components/Icon.tsx';
import './second-factor.css';

interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onDone: () => void;
}

/** Recovery codes, shown this once: to copy, to save, to write down. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const [said, setSaid] = useState('');
  const text = `${codes.join('\n')}\n`;

  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied.');
    } catch {
      // No clipboard over plain HTTP, or the person said no: the codes stay there to be selected.
      setSaid('Select the codes and copy them.');
    }
  }

  return (
    <div className="sp-stack">
      <p>
        Keep these recovery codes where you find them without your phone. Each lets you in once in
        place of a code of your app, and they are shown this once.
      </p>
      <ul className="sp-codes sp-mono" aria-label="Recovery codes">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div className="sp-row">
        <Button
          variant="secondary"
          icon={<Icon name="copy" size={16} />}
          onClick={() => void copy()}
        >
          Copy
        </Button>
        <Button
          variant="secondary"
          icon={<Icon name="download" size={16} />}
          onClick={() => save(text)}
        >
          Download
        </Button>
        <span className="sp-soft" aria-live="polite">
          {said}
        </span>
      </div>
      <div>
        <Button onClick={onDone}>I have kept them</Button>
      </div>
    </div>
  );
}

/** Hands the codes to the browser to save. */
function save(text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'sallyport-recovery-codes.txt';
  link.click();
  // Not at once: the browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
