/** One way of using a downloaded file: what it does, and the line to paste. */
export interface Command {
  readonly label: string;
  readonly line: string;
}

/** Where lines are pasted: into a POSIX shell, or into PowerShell. */
export type System = 'unix' | 'windows';

export const SYSTEMS: ReadonlyArray<{ readonly value: System; readonly label: string }> = [
  { value: 'unix', label: 'macOS and Linux' },
  { value: 'windows', label: 'Windows (PowerShell)' },
];

/** Guesses by a `User-Agent` where somebody would paste. */
export function systemOf(userAgent: string): System {
  return userAgent.includes('Windows') ? 'windows' : 'unix';
}

/**
 * The lines with which a downloaded kubeconfig is put to use.
 *
 * @param fileName as the browser saved it, into its usual folder
 * @param context the file's current one; undefined: one to be found first
 */
export function commandsFor(
  system: System,
  fileName: string,
  context: string | undefined,
): Command[] {
  const { use, merge } = system === 'unix' ? unixLines(fileName) : windowsLines(fileName);
  return [
    { label: 'Use it in this terminal', line: use },
    { label: 'Or add it to the kubeconfig you have', line: merge },
    context === undefined
      ? { label: 'See its contexts', line: 'kubectl config get-contexts' }
      : {
          label: 'Go to one of its contexts',
          line: `kubectl config use-context ${shellWord(context)}`,
        },
  ];
}

/**
 * The new file stands in front: its entries have the names of an earlier one's, and of two by one
 * name kubectl keeps the first. What the merge makes is written where nobody else may read it, and put
 * in place only when it is whole.
 */
function unixLines(fileName: string) {
  const file = `~/Downloads/${shellWord(fileName)}`;
  const merged = `KUBECONFIG=${file}:~/.kube/config kubectl config view --flatten > ~/.kube/merged`;
  return {
    use: `export KUBECONFIG=${file}`,
    merge: `mkdir -p ~/.kube && (umask 077; ${merged}) && mv ~/.kube/merged ~/.kube/config`,
  };
}

function windowsLines(fileName: string) {
  const name = fileName.replaceAll('"', '').replaceAll('`', '``').replaceAll('$', '`$');
  const file = `$HOME\\Downloads\\${name}`;
  const write = [
    'New-Item -ItemType Directory -Force "$HOME\\.kube" | Out-Null',
    '$merged | Set-Content "$HOME\\.kube\\config"',
  ].join('; ');
  return {
    use: `$env:KUBECONFIG = "${file}"`,
    merge: [
      `$env:KUBECONFIG = "${file};$HOME\\.kube\\config"`,
      '$merged = kubectl config view --flatten',
      `if ($LASTEXITCODE -eq 0) { ${write} }`,
      '$env:KUBECONFIG = $null',
    ].join('; '),
  };
}

function shellWord(text: string): string {
  return /^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
