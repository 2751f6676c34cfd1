import { Radio, TextInput } from '@patternfly/react-core';
import { formatDuration, parseDuration } from '@sallyport/contract';
import { useState } from 'react';
import { COMMON_EXPIRIES, expiryInWords, expiryLabel } from '../../lib/expiry.ts';

interface ExpirySettingProps {
  /** A duration; what is being typed may not be one yet. */
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error: string | undefined;
}

/** The usual lifetimes to choose from, or any other to type. */
export function ExpirySetting({ value, onChange, error }: ExpirySettingProps) {
  const isCommon = COMMON_EXPIRIES.some((expiry) => expiry === canonical(value));
  const [typing, setTyping] = useState(!isCommon);
  const isDuration = parseDuration(value) !== undefined;
  return (
    <fieldset className="sp-choices">
      <legend className="sp-visually-hidden">Kubeconfig expiry</legend>
      {COMMON_EXPIRIES.map((expiry) => (
        <Radio
          key={expiry}
          id={`expiry-${expiry}`}
          name="expiry"
          label={expiryLabel(expiry)}
          isChecked={!typing && canonical(value) === expiry}
          onChange={() => {
            setTyping(false);
            onChange(expiry);
          }}
        />
      ))}
      <Radio
        id="expiry-other"
        name="expiry"
        label="Another"
        isChecked={typing}
        onChange={() => setTyping(true)}
      />
      {typing && (
        <TextInput
          aria-label="Another expiry"
          aria-describedby="expiry-note"
          className="sp-choices__typed"
          value={value}
          validated={error || !isDuration ? 'error' : 'default'}
          onChange={(_, next) => onChange(next)}
        />
      )}
      <p id="expiry-note" className="sp-soft" aria-live="polite">
        {isDuration
          ? `The dialog will say: “${expiryInWords(value, new Date())}.”`
          : (error ?? 'Write it like 24h, 90m or 7d, or 0 for no expiry.')}
      </p>
    </fieldset>
  );
}

function canonical(text: string): string | undefined {
  const ms = parseDuration(text);
  return ms === undefined ? undefined : formatDuration(ms);
}
