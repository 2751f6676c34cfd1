import type { Environment } from '@sallyport/contract';
import { TimeText } from './TimeText.tsx';
import './state-mark.css';

const WORDS = { up: 'Up', down: 'Down', unknown: 'Not known yet' } as const;

/** An open gate, a gate with its portcullis down, or one that nobody has looked at yet. */
const PICTURES = {
  up: 'M2.5 14V8a5.5 5.5 0 0 1 11 0v6M6 14V8.5a2 2 0 0 1 4 0V14',
  down: 'M2.5 14V8a5.5 5.5 0 0 1 11 0v6zM6 3.3V14M10 3.3V14M2.5 9h11',
  unknown: 'M2.5 14V8a5.5 5.5 0 0 1 11 0v6',
} as const;

type Reported = Pick<Environment, 'state' | 'stateSince' | 'stateMessage'>;

/** Whether an environment answers, since when, and if not, why. */
export function StateMark({ state, stateSince, stateMessage }: Reported) {
  return (
    <span className="sp-health" data-state={state}>
      <svg aria-hidden="true" width="18" height="18" viewBox="0 0 16 16">
        <path d={PICTURES[state]} />
      </svg>
      <span>
        <span className="sp-health__line">
          <span className="sp-health__word">{WORDS[state]}</span>
          {stateSince && (
            <span className="sp-soft">
              {' '}
              since <TimeText time={stateSince} form="since" />
            </span>
          )}
        </span>
        {state === 'down' && stateMessage && (
          <span className="sp-health__why" title={stateMessage}>
            {stateMessage}
          </span>
        )}
      </span>
    </span>
  );
}
