/** One way of using a downloaded file: where it applies, and the line to paste. */
export interface Command {
  readonly label: string;
  readonly line: string;
}

/**
 * The lines with which a downloaded kubeconfig is put to use.
 *
 * @param fileName as the browser saved it, into its usual folder
 */
export function commandsFor(fileName: string): Command[] {
  const unix = `~/Downloads/${shellWord(fileName)}`;
  const windows = `"$HOME\\Downloads\\${fileName.replaceAll('"', '').replaceAll('`', '``').replaceAll('$', '`$')}"`;
  return [
    { label: 'macOS and Linux, in this terminal', line: `export KUBECONFIG=${unix}` },
    { label: 'Windows PowerShell, in this window', line: `$env:KUBECONFIG = ${windows}` },
    { label: 'See the contexts, then use one', line: 'kubectl config get-contexts' },
    {
      label: 'Add it to the kubeconfig you have (macOS and Linux)',
      line: `KUBECONFIG=~/.kube/config:${unix} kubectl config view --flatten > ~/.kube/merged && mv ~/.kube/merged ~/.kube/config && chmod 600 ~/.kube/config`,
    },
  ];
}

function shellWord(text: string): string {
  return /^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
