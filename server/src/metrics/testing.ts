import assert from 'node:assert/strict';

/** One line of a text in Prometheus' format. */
export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LABEL = /^([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/;

/** Reads the text format 0.0.4, and insists on its rules. */
export function readExposition(text: string): ReadSample[] {
  assert.ok(text === '' || text.endsWith('\n'), 'the last line ends as all others');
  const types = new Map<string, string>();
  const seen = new Set<string>();
  const samples: ReadSample[] = [];
  let family = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === 'HELP') {
      assert.ok(!types.has(name), `${name} stands once, all its lines together`);
      family = name;
    } else if (kind === 'TYPE') {
      assert.equal(name, family);
      assert.match(rest, /^(?:counter|gauge|histogram)$/);
      types.set(name, rest);
    } else {
      const [, full = '', inner = '', number = ''] =
        /^([a-zA-Z_:][\w:]*)(?:\{([^\n]*)\})? (NaN|[+-]Inf|-?[\d.]+(?:e[+-]?\d+)?)$/.exec(line) ??
        [];
      assert.ok(full, `a sample: ${line}`);
      const ending = types.get(family) === 'histogram' ? '(?:_bucket|_sum|_count)' : '';
      assert.match(full, new RegExp(`^${family}${ending}$`));
      const labels = readLabels(inner);
      const key = `${full} ${JSON.stringify(Object.entries(labels).sort())}`;
      assert.ok(!seen.has(key), `once: ${line}`);
      seen.add(key);
      samples.push({ name: full, labels, value: Number(number.replace('Inf', 'Infinity')) });
    }
  }
  return samples;
}

function readLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ''; ) {
    const [all = '', key = '', value = ''] = LABEL.exec(rest) ?? [];
    assert.ok(all, `a label: ${rest}`);
    const plain = { '\\\\': '\\', '\\"': '"', '\\n': '\n' } as Record<string, string>;
    labels[key] = value.replace(/\\[\\"n]/g, (pair) => plain[pair] ?? '');
    rest = rest.slice(all.length);
  }
  return labels;
}
