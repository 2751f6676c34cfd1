/** What the conformance run found, and how it is shown. Pure: nothing here runs a program. */

/**
 * How one capability went: `pass`; `fail`, which is the gateway's or the client's fault; or
 * `unavailable`, where there is nothing to judge, since it does not work without the gateway either
 * or the program is not to be had.
 */
export type Outcome =
  | { readonly state: 'pass' }
  | { readonly state: 'fail' | 'unavailable'; readonly reason: string };

/** One cell of the matrix. */
export interface Result {
  /** The table that it belongs to, such as `kubectl`. */
  readonly family: string;
  readonly client: string;
  readonly capability: string;
  /** The API server's version, such as `v1.36.3`. */
  readonly kubernetes: string;
  readonly outcome: Outcome;
}

/** A failure that is understood: it is shown like any other, but does not fail the run. */
export interface KnownFailure {
  /** The start of the client's name. */
  readonly client: string;
  readonly capability: string;
  /** The start of the API server's version; all versions without it. */
  readonly kubernetes?: string;
  readonly reason: string;
}

/** What the page says of the run that made it. */
export interface RunFacts {
  /** RFC 3339. */
  readonly date: string;
  readonly command: string;
  readonly sallyport: string;
  readonly node: string;
  readonly kubernetes: readonly string[];
}

/** The known failure that a result is, if it is one. */
export function knownFailure(
  result: Result,
  known: readonly KnownFailure[],
): KnownFailure | undefined {
  if (result.outcome.state !== 'fail') return undefined;
  return known.find(
    (each) =>
      result.client.startsWith(each.client) &&
      result.capability === each.capability &&
      result.kubernetes.startsWith(each.kubernetes ?? ''),
  );
}

/** One line for the terminal: `pass`, or what went wrong. */
export function toLine(result: Result): string {
  const { outcome } = result;
  const what = `${result.client} on ${result.kubernetes}: ${result.capability}`;
  if (outcome.state === 'pass') return `pass         ${what}`;
  const word = outcome.state === 'fail' ? 'FAIL        ' : 'unavailable ';
  return `${word} ${what}: ${outcome.reason}`;
}

/** `212 passed, 3 failed (2 known), 14 not available`. */
export function toSummary(results: readonly Result[], known: readonly KnownFailure[]): string {
  const count = (state: Outcome['state']) =>
    results.filter(({ outcome }) => outcome.state === state).length;
  const expected = results.filter((result) => knownFailure(result, known)).length;
  const failed = `${count('fail')} failed${expected > 0 ? ` (${expected} known)` : ''}`;
  return `${count('pass')} passed, ${failed}, ${count('unavailable')} not available`;
}

/** The page `docs/compatibility.md`. */
export function toMarkdown(
  results: readonly Result[],
  known: readonly KnownFailure[],
  facts: RunFacts,
): string {
  const notes = new Map<string, number>();
  const families = distinct(results.map(({ family }) => family));
  const tables = families.map((family) => {
    const own = results.filter((result) => result.family === family);
    return `## ${family}\n\n${toTable(own, notes, known)}\n`;
  });
  const footnotes = [...notes].map(([note, number]) => `${number}. ${note}`);
  return `<!-- Made by conformance/run.ts. Run it again instead of editing this. -->

# Compatibility

Programs that people have, driven through Sallyport with a kubeconfig that it gave out, against a real Kubernetes with real pods. What does not work is shown with its reason, also where the reason is not Sallyport's.

Made on ${facts.date.slice(0, 10)} by \`${facts.command}\` with Sallyport ${facts.sallyport} on Node ${facts.node}, in front of Kubernetes ${facts.kubernetes.join(' and ')} (the newer one with the feature gate CBORServingAndStorage, for CBOR): ${toSummary(results, known)}.

- **✓** works. Where the answer can be compared, it is what the same program gets from the API server directly.
- **✗** does not work through Sallyport, and works directly.
- **–** nothing to judge: it does not work directly either, or the program could not be had.

${tables.join('\n')}${footnotes.length > 0 ? `\n## Notes\n\n${footnotes.join('\n')}\n` : ''}`;
}

/** Capabilities down, clients and versions of Kubernetes across. */
function toTable(
  results: readonly Result[],
  notes: Map<string, number>,
  known: readonly KnownFailure[],
): string {
  const columns = distinct(results.map(columnOf));
  const rows = distinct(results.map(({ capability }) => capability)).map((capability) => {
    const cells = columns.map((column) => {
      const found = results.find(
        (result) => result.capability === capability && columnOf(result) === column,
      );
      return found ? toCell(found, notes, known) : '';
    });
    return [capability, ...cells];
  });
  const lines = [['', ...columns], ['---', ...columns.map(() => ':-:')], ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n');
}

function columnOf(result: Result): string {
  return `${result.client}<br>→ ${result.kubernetes}`;
}

function toCell(
  result: Result,
  notes: Map<string, number>,
  known: readonly KnownFailure[],
): string {
  const { outcome } = result;
  if (outcome.state === 'pass') return '✓';
  const why = knownFailure(result, known)?.reason ?? outcome.reason;
  const number = notes.get(why) ?? notes.size + 1;
  notes.set(why, number);
  return `${outcome.state === 'fail' ? '✗' : '–'} [${number}](#notes)`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
