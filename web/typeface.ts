/// <reference path="./subset-font.d.ts" />
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import subsetFont from 'subset-font';
import type { Plugin } from 'vite';
import { type FontMetrics, readMetrics } from './sfnt.ts';

/** What the page imports, as if it were a file: the typeface, and what stands in for it. */
const STYLE_SHEET = 'virtual:typeface.css';
/** Not Inter, by which name a page would get whichever version a machine has, or none. */
export const FAMILY = 'Sallyport Inter';

type Range = readonly [first: number, last: number];

/** What the page says by itself is written in these, and so are the names of most things. */
export const CHARACTERS: readonly Range[] = [
  [0x20, 0x7e],
  [0xa0, 0xa0],
  // § ° µ · ×
  ...[0xa7, 0xb0, 0xb5, 0xb7, 0xd7].map((one) => [one, one] as const),
  // Dashes, quotation marks, the ellipsis, and the space before “AM” in a time of day.
  [0x2013, 0x2014],
  [0x2018, 0x2019],
  [0x201c, 0x201e],
  [0x2022, 0x2022],
  [0x2026, 0x2026],
  [0x202f, 0x202f],
  // Arrows, the minus sign and the Command key.
  [0x2190, 0x2193],
  [0x2212, 0x2212],
  [0x2318, 0x2318],
];
/**
 * The other letters and signs of Europe's languages (Latin-1 and Latin Extended-A), for the names and
 * descriptions that people write: a file of its own, which only a page that shows one asks for.
 */
const FURTHER_CHARACTERS: readonly Range[] = [
  [0xa1, 0xa6],
  [0xa8, 0xac],
  [0xae, 0xaf],
  [0xb1, 0xb4],
  [0xb6, 0xb6],
  [0xb8, 0xd6],
  // Not U+149, which Inter has no glyph for.
  [0xd8, 0x148],
  [0x14a, 0x17f],
];
/** The lightest and the heaviest that the style sheets name. */
const WEIGHTS = { min: 400, max: 700 };
/** From here on a typeface with two weights shows its bold one. */
const BOLD_FROM = 550;
/** The weight of most of what is bold. */
const BOLD = 600;
/**
 * Kerning, composed letters and figures of one width. Contextual alternates, which would draw `->` as
 * an arrow, are left out: names and commands are shown as they are typed.
 */
const FEATURES = ['kern', 'ccmp', 'tnum'];
/** Copyright and licence, which a copy has to name. */
const NAMES = [0, 13, 14];

/** What the page's text looks like, to measure how wide a typeface sets it. */
export const SAMPLE =
  'Environments, teams, roles, grants and audit. Everything that you may enter, with your rights ' +
  'in each: view in the whole cluster, edit in team-a and team-b. Up for 3 days. Last used 12 ' +
  'minutes ago; ends in 29 days.';

/**
 * Typefaces that systems bring, which stand in until ours has come: what each calls its two weights, and
 * how wide it sets {@link SAMPLE} in them, in ems.
 */
export const STAND_INS = [
  {
    family: 'Sallyport Arial',
    // All made to the widths of the first.
    regular: { names: ['Arial', 'Liberation Sans', 'Arimo', 'Helvetica'], width: 94.16 },
    bold: {
      names: ['Arial Bold', 'Liberation Sans Bold', 'Arimo Bold', 'Helvetica Bold'],
      width: 101.079,
    },
  },
  {
    family: 'Sallyport Roboto',
    regular: { names: ['Roboto'], width: 93.201 },
    bold: { names: ['Roboto Bold'], width: 95.115 },
  },
  {
    family: 'Sallyport DejaVu',
    regular: { names: ['DejaVu Sans'], width: 107.863 },
    bold: { names: ['DejaVu Sans Bold'], width: 121.637 },
  },
] as const;

/** A file of the typeface. */
interface Part {
  /** Where it is served: under a name that tells of its content. */
  readonly address: string;
  readonly file: Buffer;
  readonly ranges: readonly Range[];
}

interface Typeface {
  /** The first is what the page preloads. */
  readonly parts: readonly [Part, ...Part[]];
  readonly styleSheet: string;
  readonly license: Buffer;
}

/**
 * Gives the page a typeface of its own: Inter, of which it takes the characters, weights and features
 * that it uses (docs/decisions/0022). The page preloads it, and until it is there a typeface of the
 * system's stands in, scaled so that nothing moves when it comes.
 */
export function typeface(): Plugin {
  let making: Promise<Typeface> | undefined;
  const made = () => {
    making ??= makeTypeface();
    return making;
  };
  return {
    name: 'typeface',
    apply: 'build',
    // Vite would look for the file among those of the page.
    config: () => ({ build: { rolldownOptions: { external: [/^\/assets\/inter-/] } } }),
    buildStart() {
      // Not awaited: the modules of the page are read meanwhile.
      made().catch(() => undefined);
    },
    resolveId: (id) => (id === STYLE_SHEET ? `\0${STYLE_SHEET}` : undefined),
    async load(id) {
      if (id !== `\0${STYLE_SHEET}`) return undefined;
      const { parts, license, styleSheet } = await made();
      for (const { address, file } of parts) {
        this.emitFile({ type: 'asset', fileName: address.slice(1), source: file });
      }
      this.emitFile({ type: 'asset', fileName: 'licenses/inter.txt', source: license });
      return styleSheet;
    },
    async transformIndexHtml() {
      const [{ address }] = (await made()).parts;
      const attrs = { rel: 'preload', as: 'font', type: 'font/woff2', href: address };
      return [{ tag: 'link', attrs: { ...attrs, crossorigin: true }, injectTo: 'head' }];
    },
  };
}

async function makeTypeface(): Promise<Typeface> {
  const from = (name: string) => fileURLToPath(import.meta.resolve(`inter-ui/${name}`));
  const [whole, license] = await Promise.all([
    readFile(from('variable/InterVariable.woff2')),
    readFile(from('LICENSE.txt')),
  ]);
  const all = charactersOf([...CHARACTERS, ...FURTHER_CHARACTERS]);
  const kept = { keepFeatures: FEATURES, preserveNameIds: NAMES };
  const plain = await subsetFont(whole, all, {
    ...kept,
    targetFormat: 'truetype',
    // The shapes for small text; the larger ones would nearly double the file.
    variationAxes: { wght: WEIGHTS, opsz: 14 },
  });
  const bold = await subsetFont(plain, SAMPLE, { keepFeatures: [], variationAxes: { wght: BOLD } });
  const metrics = readMetrics(plain);
  // A character that Inter lacks would be drawn by nothing that was measured.
  metrics.widthOf(all);

  async function partOf(name: string, ranges: readonly Range[]): Promise<Part> {
    const file = await subsetFont(plain, charactersOf(ranges), { ...kept, targetFormat: 'woff2' });
    const hash = createHash('sha256').update(file).digest('base64url').slice(0, 8);
    return { address: `/assets/${name}-${hash}.woff2`, file, ranges };
  }
  const parts = [
    await partOf('inter', CHARACTERS),
    await partOf('inter-letters', FURTHER_CHARACTERS),
  ] as const;
  return { parts, license, styleSheet: styleSheetOf(parts, metrics, readMetrics(bold)) };
}

/** All characters of some ranges, one after the other. */
export function charactersOf(ranges: readonly Range[]): string {
  return ranges
    .flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at))
    .map((codePoint) => String.fromCodePoint(codePoint))
    .join('');
}

function styleSheetOf(parts: readonly Part[], regular: FontMetrics, bold: FontMetrics): string {
  const ours = parts.map(({ address, ranges }) => ({
    'font-family': `"${FAMILY}"`,
    src: `url("${address}") format("woff2")`,
    'font-weight': `${WEIGHTS.min} ${WEIGHTS.max}`,
    'font-display': 'swap',
    'unicode-range': rangeOf(ranges),
  }));
  const standIns = STAND_INS.flatMap((one) => [
    standIn(one.family, one.regular, regular, `${WEIGHTS.min} ${BOLD_FROM - 1}`),
    standIn(one.family, one.bold, bold, `${BOLD_FROM} ${WEIGHTS.max}`),
  ]);
  return [...ours, ...standIns].map(fontFace).join('');
}

/** A typeface of the system's, made as wide as ours is on average, and with lines as high. */
function standIn(
  family: string,
  { names, width }: { names: readonly string[]; width: number },
  ours: FontMetrics,
  weight: string,
): Record<string, string> {
  const scale = ours.widthOf(SAMPLE) / width;
  return {
    'font-family': `"${family}"`,
    src: names.map((name) => `local("${name}")`).join(', '),
    'font-weight': weight,
    'size-adjust': percent(scale),
    'ascent-override': percent(ours.ascent / scale),
    'descent-override': percent(ours.descent / scale),
    'line-gap-override': percent(ours.lineGap / scale),
    'unicode-range': rangeOf([...CHARACTERS, ...FURTHER_CHARACTERS]),
  };
}

function fontFace(descriptors: Record<string, string>): string {
  const lines = Object.entries(descriptors).map(([name, value]) => `  ${name}: ${value};\n`);
  return `@font-face {\n${lines.join('')}}\n`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)}%`;
}

function rangeOf(ranges: readonly Range[]): string {
  const hex = (codePoint: number) => codePoint.toString(16).toUpperCase();
  return ranges
    .map(([first, last]) => (first === last ? `U+${hex(first)}` : `U+${hex(first)}-${hex(last)}`))
    .join(', ');
}
