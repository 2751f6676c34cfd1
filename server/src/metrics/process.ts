import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Family, Labels } from './exposition.ts';

const RESOLUTION_MS = 20;

/** What this process takes of the machine. The delay of its event loop is that since the last look. */
export function createProcessFigures() {
  const startedAt = Date.now() / 1_000 - process.uptime();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();

  return {
    families(labels: Labels): Family[] {
      const { user, system } = process.cpuUsage();
      // The figure has the interval of the timer in it, and is NaN before its first tick.
      const late = (nanoseconds: number) =>
        Math.max(0, (nanoseconds || 0) / 1e9 - RESOLUTION_MS / 1_000);
      const [median, high, most] = [delay.percentile(50), delay.percentile(99), delay.max];
      delay.reset();
      const one = (name: string, type: Family['type'], help: string, value: number): Family => ({
        ...{ name, type, help },
        samples: [{ labels, value }],
      });
      return [
        one(
          'process_cpu_seconds_total',
          'counter',
          'CPU time, user and system.',
          (user + system) / 1e6,
        ),
        one(
          'process_resident_memory_bytes',
          'gauge',
          'Resident memory.',
          process.memoryUsage.rss(),
        ),
        one(
          'process_start_time_seconds',
          'gauge',
          'When the process began, in Unix time.',
          startedAt,
        ),
        {
          name: 'sallyport_event_loop_delay_seconds',
          type: 'gauge',
          help: 'How late timers were since the last scrape.',
          samples: [
            { labels: { quantile: '0.5', ...labels }, value: late(median) },
            { labels: { quantile: '0.99', ...labels }, value: late(high) },
            { labels: { quantile: '1', ...labels }, value: late(most) },
          ],
        },
      ];
    },
    stop: () => delay.disable(),
  };
}
