/** Makes tables of what was measured, for a terminal and for the documentation. Pure. */
import type { Lack, Scenario } from './bench.ts';
import {
  FIGURES,
  type FigureName,
  type Figures,
  ratio,
  type Sample,
  type Spread,
  spread,
  valuesOf,
} from './figures.ts';
import { type Judgement, judge, TARGETS } from './targets.ts';

export interface Report {
  readonly scenarios: readonly Scenario[];
  readonly samples: readonly Sample[];
  readonly lacks: readonly Lack[];
  readonly facts: ReadonlyArray<readonly [name: string, value: string]>;
}

interface Table {
  readonly head: readonly string[];
  readonly rows: ReadonlyArray<readonly string[]>;
}

const GATEWAY = 'sallyport';
/** Whom Sallyport is compared with, in the order of the columns. */
const OTHERS = [
  ['direct', '÷ direct'],
  ['nginx', '÷ nginx'],
  ['nginx-stream', '÷ nginx stream'],
  ['go', '÷ Go'],
  ['go-h2', '÷ Go, h2 upstream'],
  ['undici', '÷ undici'],
  ['one-worker', '÷ one worker'],
] as const;
const NOTHING = '–';

const INTRODUCTION = `# Benchmarks

Made by \`npm run bench -- --write\`; do not edit.

Sallyport's own process, with authentication, access and header policy as always, is compared with direct access, nginx and Go's \`httputil.ReverseProxy\` (\`bench/go/reverseproxy\`). TLS on both hops, verified to the upstream. The contenders take turns within each round; a cell shows the median over the rounds and, in parentheses, the least and the greatest value. Ratios are taken within a round. The absolute values are this machine's, and it may have been busy with other things; the ratios carry further.

CPU is user and system time of the process and its children, from /proc. Requests and bytes are counted at the upstream, in the middle of each load.`;

/** The whole page. */
export function toMarkdown(report: Report): string {
  const sections = [
    INTRODUCTION,
    '## The machine',
    markdown({ head: ['', ''], rows: report.facts }),
    '## Targets',
    markdown(targetTable(report)),
    '## Ratios',
    'What Sallyport takes or does, divided by what the others do.',
    markdown(ratioTable(report)),
    ...report.scenarios.flatMap((scenario) => {
      const lacks = lacksOf(report, scenario);
      return [
        `## ${scenario.title}`,
        scenario.about,
        ...(isMeasured(report, scenario) ? [markdown(figureTable(report, scenario))] : []),
        ...(lacks.length === 0 ? [] : [lacks.map((line) => `- ${line}`).join('\n')]),
      ];
    }),
  ];
  return `${sections.join('\n\n')}\n`;
}

/** The same for a terminal. */
export function toText(report: Report): string {
  const sections = report.scenarios.flatMap((scenario) => [
    `\n${scenario.title} [${scenario.name}]`,
    ...(isMeasured(report, scenario) ? [text(figureTable(report, scenario))] : []),
    ...lacksOf(report, scenario),
  ]);
  return [
    ...sections,
    '\nRatios: what Sallyport takes or does, divided by what the others do',
    text(ratioTable(report)),
    '\nTargets',
    text(targetTable(report)),
  ].join('\n');
}

function isMeasured({ samples }: Report, { name }: Scenario): boolean {
  return samples.some(({ scenario }) => scenario === name);
}

function figureTable({ samples }: Report, { name, contenders, figures }: Scenario): Table {
  const head = figures.map((figure) => {
    const { title, unit } = FIGURES[figure];
    return unit === '' ? title : `${title}, ${unit}`;
  });
  const rows = contenders.map((contender) => [
    contender.title,
    ...figures.map((figure) =>
      cell(spread(valuesOf(samples, name, contender.name, figure)), FIGURES[figure].digits),
    ),
  ]);
  return { head: ['', ...head], rows };
}

function ratioTable(report: Report): Table {
  const { samples, scenarios } = report;
  const measured = scenarios.filter((scenario) => isMeasured(report, scenario));
  const rows = measured.flatMap(({ name, title, compared }) =>
    compared.map((figure: FigureName) => [
      `${title}: ${FIGURES[figure].title}`,
      ...OTHERS.map(([other]) => cell(ratio(samples, name, figure, GATEWAY, other), 2)),
    ]),
  );
  return { head: ['', ...OTHERS.map(([, title]) => title)], rows };
}

function targetTable({ samples, lacks }: Report): Table {
  const judgements = TARGETS.map((target) => judge(target, samples, lacks));
  return {
    head: ['Target', 'wanted', 'measured', ''],
    rows: judgements.map(judgementRow),
  };
}

function judgementRow({ target, verdict, measured, reason }: Judgement): string[] {
  const { unit, digits } = target.against === undefined ? FIGURES[target.figure] : RATIO;
  return [
    target.text,
    `${target.bound === 'at most' ? '≤' : '≥'} ${target.limit} ${unit}`.trim(),
    cell(measured, digits),
    reason === undefined ? verdict : `${verdict}: ${reason}`,
  ];
}

const RATIO = { unit: '', digits: 2 } as const;

/** What is missing in a scenario, one sentence each: nothing is left out silently. */
function lacksOf({ lacks, samples }: Report, { name, contenders }: Scenario): string[] {
  return lacks
    .filter(({ scenario }) => scenario === name)
    .map(({ contender, reason }) => {
      const title = contenders.find((one) => one.name === contender)?.title ?? contender;
      const some = samples.some(
        (sample) => sample.scenario === name && (!contender || sample.contender === contender),
      );
      const what = some ? 'Not measured in full' : 'Not measured';
      return `${what}${title === undefined ? '' : `, ${title}`}: ${reason.replace(/\.$/, '')}.`;
    });
}

/** The figures of one measurement in a line. */
export function inWords(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, value]) => {
      const { title, unit, digits } = FIGURES[name as FigureName];
      return `${title} ${value.toFixed(digits)} ${unit}`.trim();
    })
    .join(', ');
}

function cell(value: Spread | undefined, digits: number): string {
  if (value === undefined) return NOTHING;
  const show = (number: number) => number.toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1');
  const median = show(value.median);
  if (value.count === 1) return median;
  return `${median} (${show(value.min)}–${show(value.max)})`;
}

function markdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((one) => one.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function text({ head, rows }: Table): string {
  const widths = head.map((_, at) =>
    Math.max(...[head, ...rows].map((row) => (row[at] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) => row.map((one, at) => one.padEnd(widths[at] ?? 0)).join('  '))
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');
}
