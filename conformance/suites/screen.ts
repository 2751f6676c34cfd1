import type { ChildProcess } from 'node:child_process';

/**
 * What a person sees of a program that draws on its terminal: a grid of characters, kept by the
 * sequences that such programs move and erase with (ECMA-48: CUP, CUU to CUB, ED, EL). Colours are
 * not seen.
 */
export class Screen {
  readonly #rows: string[][];
  readonly #columns: number;
  #row = 0;
  #column = 0;
  /** A sequence that has not ended yet. */
  #pending = '';

  constructor(rows: number, columns: number) {
    this.#columns = columns;
    this.#rows = Array.from({ length: rows }, () => this.#blank());
  }

  get text(): string {
    return this.#rows.map((row) => row.join('').trimEnd()).join('\n');
  }

  write(text: string): void {
    const all = this.#pending + text;
    this.#pending = '';
    for (let at = 0; at < all.length; ) {
      const character = String.fromCodePoint(all.codePointAt(at) ?? 0);
      if (character !== '\x1b') {
        this.#put(character);
        at += character.length;
        continue;
      }
      const sequence = SEQUENCE.exec(all.slice(at));
      if (sequence === null) {
        this.#pending = all.slice(at);
        return;
      }
      const [whole, parameters = '', final = ''] = sequence;
      this.#act(final, parameters);
      at += whole.length;
    }
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0;
    else if (character === '\b') this.#column = Math.max(0, this.#column - 1);
    else if (character === '\n') this.#down();
    else if (character >= ' ') {
      if (this.#column === this.#columns) {
        this.#column = 0;
        this.#down();
      }
      const row = this.#rows[this.#row];
      if (row) row[this.#column] = character;
      this.#column += 1;
    }
  }

  #down(): void {
    this.#row += 1;
    if (this.#row < this.#rows.length) return;
    this.#row = this.#rows.length - 1;
    this.#rows.push(this.#blank());
    this.#rows.shift();
  }

  #act(final: string, parameters: string): void {
    const [first = 0, second = 0] = parameters.split(';').map((number) => Number(number) || 0);
    const step = first || 1;
    if (final === 'H' || final === 'f') this.#move(step - 1, (second || 1) - 1);
    else if (final === 'A') this.#move(this.#row - step, this.#column);
    else if (final === 'B') this.#move(this.#row + step, this.#column);
    else if (final === 'C') this.#move(this.#row, this.#column + step);
    else if (final === 'D') this.#move(this.#row, this.#column - step);
    else if (final === 'G') this.#move(this.#row, step - 1);
    else if (final === 'd') this.#move(step - 1, this.#column);
    else if (final === 'K') this.#erase(this.#row, this.#column);
    else if (final === 'J') {
      const from = first === 0 ? this.#row : 0;
      this.#erase(from, first === 0 ? this.#column : 0);
      for (let row = from + 1; row < this.#rows.length; row += 1) this.#erase(row, 0);
    }
  }

  #move(row: number, column: number): void {
    this.#row = Math.min(Math.max(row, 0), this.#rows.length - 1);
    this.#column = Math.min(Math.max(column, 0), this.#columns - 1);
  }

  #erase(row: number, column: number): void {
    this.#rows[row]?.fill(' ', column);
  }

  #blank(): string[] {
    return new Array<string>(this.#columns).fill(' ');
  }
}

/** A whole escape sequence: CSI with its parameters, a title (OSC), a character set, or a letter. */
const SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are driven by nothing else
  /^\x1b(?:\[([\x30-\x3f]*)[\x20-\x2f]*([\x40-\x7e])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()*+].|[^[\]()*+])/;

/** Milliseconds, well below what a capability has in all, so that a failure shows the screen. */
const PATIENCE = 40_000;

/** A program on its terminal. */
export interface Shown {
  /** Waits until what is on the screen matches. @throws Error with the screen, where it never does */
  readonly shows: (pattern: RegExp) => Promise<RegExpExecArray>;
  readonly type: (keys: string) => void;
}

/** Watches the terminal of a program that was started in one of that size. */
export function onScreen(child: ChildProcess, size: { rows: number; columns: number }): Shown {
  const screen = new Screen(size.rows, size.columns);
  let look = (): void => {};
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    screen.write(text);
    look();
  });
  return {
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const never = () => {
          clearTimeout(timer);
          reject(new Error(`the screen never had ${pattern}; it had: ${screen.text}`));
        };
        const timer = setTimeout(never, PATIENCE);
        look = () => {
          const found = pattern.exec(screen.text);
          if (found === null) return;
          clearTimeout(timer);
          resolve(found);
        };
        child.once('error', never);
        child.once('close', never);
        look();
      }),
    type: (keys) => child.stdin?.write(keys),
  };
}
