import { parseDocument } from 'yaml';

/** One value of a chart, as its values.yaml describes it. */
export interface ValueRow {
  readonly path: readonly string[];
  readonly default: unknown;
  readonly description: string;
}

const BEGIN = '<!-- Made by scripts/docs.ts from values.yaml. Change it there. -->\n';
const END = '<!-- Here ends what is made. -->\n';

/**
 * Reads a chart's values: each that a comment `# -- …` on the line before it describes.
 *
 * @throws Error where a comment stands before no value
 */
export function valueRows(text: string): ValueRow[] {
  const document = parseDocument(text);
  const rows: ValueRow[] = [];
  /** The keys that lead to the current line, one a level of indentation. */
  const path: string[] = [];
  let description: string | undefined;
  for (const line of text.split('\n')) {
    const [, indentation = '', key] = /^( *)([A-Za-z]\w*):/.exec(line) ?? [];
    if (key !== undefined) {
      path.splice(indentation.length / 2, Number.POSITIVE_INFINITY, key);
      if (description !== undefined) {
        const value = document.getIn(path) as { toJSON?: () => unknown } | undefined;
        rows.push({ path: [...path], default: value?.toJSON?.() ?? value, description });
      }
    } else if (description !== undefined) throw new Error(`no value follows: ${description}`);
    description = /^ *# -- (.+)$/.exec(line)?.[1];
  }
  return rows;
}

/** Puts the table of a chart's values in the place that the page has for it. */
export function withValuesTable(page: string, values: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error('the page of the chart has no place for the table of values');
  const rows = valueRows(values).map(
    ({ path, default: preset, description }) =>
      `| \`${path.join('.')}\` | ${code(preset)} | ${description.replaceAll('|', '\\|')} |\n`,
  );
  return `${before}${BEGIN}
| Value | Default | Meaning |
|---|---|---|
${rows.join('')}
${END}${after}`;
}

/** As it would be written after `--set-json`. */
function code(value: unknown): string {
  return value === '' ? '–' : `\`${JSON.stringify(value)}\``;
}
