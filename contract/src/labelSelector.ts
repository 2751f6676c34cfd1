/**
 * Label selectors as Kubernetes writes them (`env=prod,tier in (a,b),!old`): what `kubectl -l` takes,
 * no more and no less. Source of every rule: apimachinery, `pkg/labels/selector.go`, and for keys
 * and values `pkg/util/validation/validation.go`. In the contract, because a page checks what is
 * typed by the same function as the server.
 */

/** One condition; a selector wants all of its conditions. */
export interface LabelRequirement {
  readonly key: string;
  /** `in` stands for `=` and `==` too, `notin` for `!=`: they mean the same. */
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'above' | 'below';
  /** Sorted, each once; none with `exists` and `absent`, one with `above` and `below`. */
  readonly values: readonly string[];
}

/** Empty: everything matches. */
export type LabelSelector = readonly LabelRequirement[];

export type ParsedSelector =
  | { readonly selector: LabelSelector; readonly problem?: undefined }
  | {
      readonly selector?: undefined;
      /** Goes on from "the selector": `has no value after "env ="`. */
      readonly problem: string;
    };

/** Longer ones are refused: whoever needs more has another idea of labels. */
export const MAX_SELECTOR = 1_000;

/** Reads a selector. Never throws. */
export function parseSelector(text: string): ParsedSelector {
  if (text.length > MAX_SELECTOR) return { problem: `is longer than ${MAX_SELECTOR} characters` };
  try {
    return { selector: readSelector(tokensOf(text)) };
  } catch (error) {
    if (error instanceof SelectorProblem) return { problem: error.message };
    throw error;
  }
}

/**
 * Writes a selector so that two which say the same in another order are one text. Reading it gives
 * the same selector again.
 */
export function formatSelector(selector: LabelSelector): string {
  return [...new Set(selector.map(formatRequirement))].sort().join(',');
}

/** Whether an object with these labels is meant. */
export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return selector.every((requirement) => meets(requirement, labels));
}

function meets(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    default: {
      const has = integerOf(value);
      const wants = integerOf(values[0]);
      if (has === undefined || wants === undefined) return false;
      return operator === 'above' ? has > wants : has < wants;
    }
  }
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  const [only = ''] = values;
  switch (operator) {
    case 'exists':
      return key;
    case 'absent':
      return `!${key}`;
    case 'above':
      return `${key}>${only}`;
    case 'below':
      return `${key}<${only}`;
    default:
      if (values.length === 1) return `${key}${operator === 'in' ? '=' : '!='}${only}`;
      return `${key} ${operator} (${values.join(',')})`;
  }
}

class SelectorProblem extends Error {}

interface Token {
  readonly kind: 'word' | 'symbol' | 'end';
  readonly text: string;
}

const END: Token = { kind: 'end', text: '' };
const SPACE = /[ \t\r\n]/;
const SPECIAL = /[=!(),><]/;
const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);

/** Upstream's lexer: words, and the longest symbol that a run of special characters begins with. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (SPACE.test(character)) {
      at += 1;
    } else if (SPECIAL.test(character)) {
      const two = text.slice(at, at + 2);
      const symbol = SYMBOLS.has(two) ? two : character;
      tokens.push({ kind: 'symbol', text: symbol });
      at += symbol.length;
    } else {
      let end = at;
      while (end < text.length && !SPACE.test(text.charAt(end)) && !SPECIAL.test(text.charAt(end)))
        end += 1;
      tokens.push({ kind: 'word', text: text.slice(at, end) });
      at = end;
    }
  }
  return tokens;
}

/** Upstream's parser, whose functions this follows one by one. */
function readSelector(tokens: readonly Token[]): LabelSelector {
  let next = 0;
  const look = () => tokens[next] ?? END;
  const take = () => {
    const token = look();
    next += 1;
    return token;
  };
  const isSymbol = (token: Token, text: string) => token.kind === 'symbol' && token.text === text;

  function readRequirement(): LabelRequirement {
    const absent = isSymbol(look(), '!');
    if (absent) take();
    const name = take();
    if (name.kind !== 'word') throw unexpected(name, 'a label key');
    const key = checkedKey(name.text);
    if (absent) return { key, operator: 'absent', values: [] };
    if (look().kind === 'end' || isSymbol(look(), ',')) {
      return { key, operator: 'exists', values: [] };
    }
    const operator = take();
    switch (operator.text) {
      case 'in':
      case 'notin':
        return { key, operator: operator.text, values: sorted(readSet()) };
      case '=':
      case '==':
        return { key, operator: 'in', values: [checkedValue(readValue())] };
      case '!=':
        return { key, operator: 'notin', values: [checkedValue(readValue())] };
      case '>':
      case '<': {
        const value = checkedValue(readValue());
        if (integerOf(value) === undefined) {
          throw new SelectorProblem(
            `compares ${key} with ${quoted(value)}, which is no whole number`,
          );
        }
        return { key, operator: operator.text === '>' ? 'above' : 'below', values: [value] };
      }
      default:
        throw unexpected(operator, 'one of =, ==, !=, in, notin, >, <');
    }
  }

  function readValue(): string {
    if (look().kind === 'end' || isSymbol(look(), ',')) return '';
    const value = take();
    if (value.kind !== 'word') throw unexpected(value, 'a value');
    return value.text;
  }

  function readSet(): string[] {
    const open = take();
    if (!isSymbol(open, '(')) throw unexpected(open, '"("');
    const values: string[] = [];
    for (;;) {
      // Between commas, and beside a bracket, stands the empty value.
      if (isSymbol(look(), ',') || isSymbol(look(), ')')) values.push('');
      else {
        const value = take();
        if (value.kind !== 'word') throw unexpected(value, 'a value');
        values.push(checkedValue(value.text));
      }
      const after = take();
      if (isSymbol(after, ')')) return values;
      if (!isSymbol(after, ',')) throw unexpected(after, '"," or ")"');
    }
  }

  const requirements: LabelRequirement[] = [];
  if (look().kind === 'end') return requirements;
  for (;;) {
    requirements.push(readRequirement());
    const after = take();
    if (after.kind === 'end') return requirements;
    if (!isSymbol(after, ',')) throw unexpected(after, '","');
  }
}

function unexpected(token: Token, wanted: string): SelectorProblem {
  const found = token.kind === 'end' ? 'ends' : `has ${quoted(token.text)}`;
  return new SelectorProblem(`${found} where ${wanted} should stand`);
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

function checkedKey(key: string): string {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  const valid =
    NAME.test(name) &&
    name.length <= 63 &&
    (prefix === undefined || (PREFIX.test(prefix) && prefix.length <= 253));
  if (!valid) throw new SelectorProblem(`has ${quoted(key)}, which is no valid label key`);
  return key;
}

function checkedValue(value: string): string {
  if (value !== '' && (!NAME.test(value) || value.length > 63)) {
    throw new SelectorProblem(`has ${quoted(value)}, which is no valid label value`);
  }
  return value;
}

const MAX_INTEGER = 2n ** 63n - 1n;

/** As Go's `strconv.ParseInt(…, 10, 64)` reads a label's value, which can have no sign. */
function integerOf(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d+$/.test(text)) return undefined;
  const number = BigInt(text);
  return number > MAX_INTEGER ? undefined : number;
}

function sorted(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

function quoted(text: string): string {
  return `"${text.slice(0, 80)}"`;
}
