/** Just enough of Kubernetes' field selectors to see which object a list is narrowed to. */

/**
 * Reads the value that a field selector requires of `metadata.name` (apimachinery, pkg/fields,
 * `ParseSelector` and `RequiresExactMatch`).
 *
 * @returns undefined when it requires none, or cannot be parsed
 */
export function exactFieldName(selector: string): string | undefined {
  let name: string | undefined;
  // Terms are sorted before they are read, so of two the smaller one counts.
  for (const term of splitTerms(selector).sort(compareBytes)) {
    if (term === '') continue;
    const parts = /^(.*?)(!=|==|=)(.*)$/s.exec(term);
    const value = unescapeValue(parts?.[3] ?? '');
    if (parts === null || value === undefined) return undefined;
    if (name === undefined && parts[1] === 'metadata.name' && parts[2] !== '!=') name = value;
  }
  return name;
}

/** Splits at commas; an escaped one is data. */
function splitTerms(selector: string): string[] {
  return selector.match(/(?:\\.|[^\\,])+|\\$/gs) ?? [];
}

/** `\\`, `\,` and `\=` are the escapes; a bare comma or equals sign is an error. */
function unescapeValue(value: string): string | undefined {
  if (!/[\\,=]/.test(value)) return value;
  if (!/^(?:\\[\\,=]|[^\\,=])*$/s.test(value)) return undefined;
  return value.replace(/\\(.)/gs, '$1');
}

/** Go compares strings by bytes, JavaScript by UTF-16 units. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
