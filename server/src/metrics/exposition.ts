/**
 * The text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

/** One line: what is after the family's name, such as `_sum`, the labels, and the number. */
export interface Sample {
  readonly suffix?: '_bucket' | '_sum' | '_count';
  readonly labels: Labels;
  readonly value: number;
}

/** All that there is of one name. Cloneable, since each process tells its own. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly samples: readonly Sample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/**
 * Writes families, those of one name as one.
 *
 * @throws Error where a name is none, or where one name has two types: faults of ours
 */
export function exposition(families: readonly Family[]): string {
  const byName = new Map<string, Family>();
  for (const family of families) {
    if (!NAME.test(family.name)) throw new Error(`${family.name} is no name of a metric`);
    const known = byName.get(family.name);
    if (known && known.type !== family.type) throw new Error(`${family.name} has two types`);
    const samples = known ? [...known.samples, ...family.samples] : family.samples;
    byName.set(family.name, { ...family, samples });
  }
  return [...byName.values()].map(textOf).join('');
}

function textOf({ name, help, type, samples }: Family): string {
  const lines = samples.map(
    ({ suffix = '', labels, value }) => `${name}${suffix}${labelsOf(labels)} ${numberOf(value)}`,
  );
  return `${[`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines].join('\n')}\n`;
}

function labelsOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => {
    if (!LABEL.test(key) || key.startsWith('__')) throw new Error(`${key} is no name of a label`);
    return `${key}="${escapeValue(value)}"`;
  });
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapeValue(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function numberOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}
