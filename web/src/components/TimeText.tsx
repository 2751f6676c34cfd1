import { useEffect, useState } from 'react';
import { dayOf, exactTime, relativeTime, sinceWords } from '../lib/time.ts';

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

/** The time, again every half minute. */
function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
