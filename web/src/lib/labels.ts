/** @returns such as `env=prod, team=payments`, as {@link parseLabels} reads it */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/**
 * Reads labels as a person types them: `key=value`, separated by commas or white space. Whether
 * keys and values are valid is for the contract to say.
 *
 * @returns the labels, or a sentence about the part that is no label
 */
export function parseLabels(text: string): Record<string, string> | string {
  const labels: Record<string, string> = {};
  for (const part of text.split(/[\s,]+/).filter(Boolean)) {
    const [key = '', ...value] = part.split('=');
    if (!key || value.length !== 1) return `"${part}" is no label: write it like env=prod.`;
    if (Object.hasOwn(labels, key)) return `The label ${key} is given twice.`;
    labels[key] = value.join('');
  }
  return labels;
}
