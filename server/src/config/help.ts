import type { ConfigRow } from '../config.ts';

/** What `--help` prints. */
export function helpText(rows: readonly ConfigRow[]): string {
  const settings = rows.map((row) => {
    const preset = row.default === undefined ? '' : ` (${row.default})`;
    const head = row.flag === undefined ? row.variable : `${row.flag} ${row.placeholder}`;
    const variable = row.flag === undefined ? '' : `, ${row.variable}`;
    return `  ${head}${variable}${preset}\n${wrap(row.description, '      ')}`;
  });
  return `Sallyport, a gate to Kubernetes clusters.

Usage: sallyport [serve] [FLAG…]
       sallyport backup --to FOLDER --passphrase-file FILE [--keep NUMBER]
                        [--with-audit] [--data-dir FOLDER]
         makes a backup, whether Sallyport runs or not; keeps so many there
       sallyport restore FILE [--data-dir FOLDER]
         puts a backup into an empty folder; reads its passphrase from stdin
       sallyport reset-password USER [--data-dir FOLDER]
         gives a user, an admin say, a new password; reads it from stdin
       sallyport accept-clock [--data-dir FOLDER]
         says that a later time which the clock has shown was wrong
       sallyport --help | --version

Settings, each with its flag, its environment variable and its default:

${settings.join('\n')}

A flag beats a variable, a variable beats sallyport.yaml, and that the default.
`;
}

const WIDTH = 80;

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line !== indent && line.length + word.length > WIDTH) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()].join('\n');
}
