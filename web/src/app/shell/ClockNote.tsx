import { Alert } from '@patternfly/react-core';

/** Tells an admin that the clock of Sallyport's machine was set back. */
export default function ClockNote({ behindSeconds }: { behindSeconds: number }) {
  return (
    <div role="status" className="sp-shell__note">
      <Alert
        variant="warning"
        isInline
        component="p"
        title={`The clock of Sallyport’s machine is ${inWords(behindSeconds)} behind`}
      >
        <p>
          It has shown a later time before, and what had expired by then stays so. Set the clock
          right. Where that later time was wrong, run <code>sallyport accept-clock</code> on the
          machine.
        </p>
      </Alert>
    </div>
  );
}

/** Such as `2 hours`: enough to tell a time zone from a year. */
function inWords(seconds: number): string {
  for (const [name, length] of [
    ['day', 86_400],
    ['hour', 3_600],
  ] as const) {
    const count = Math.floor(seconds / length);
    if (count > 0) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return `${Math.max(1, Math.floor(seconds / 60))} minutes`;
}
