import { dayOf, exactTime, relativeTime, sinceWords } from '../lib/time.ts';
import { useNow } from './use-now.ts';

const WORDS = {
  relative: relativeTime,
  since: sinceWords,
  day: (time: Date) => dayOf(time),
} as const;

/** A moment in the reader's words, with the exact one on hover. */
export function TimeText({ time, form = 'relative' }: { time: string; form?: keyof typeof WORDS }) {
  const now = useNow();
  const date = new Date(time);
  return (
    <time dateTime={time} title={exactTime(date)}>
      {WORDS[form](date, now)}
    </time>
  );
}
