import { fileNameOf } from '../../../lib/disposition.ts';

/** A kubeconfig that the browser was given to save. */
export interface SavedFile {
  readonly name: string;
  /** Kept as long as the dialog is open, for copying. */
  readonly text: string;
}

/**
 * Lets the browser save an answer as a file, under the name that the server gave it.
 *
 * @param response of the route that issues kubeconfigs
 */
export async function saveKubeconfig(response: Response): Promise<SavedFile> {
  const text = await response.text();
  const name = fileNameOf(response.headers.get('content-disposition'), 'kubeconfig.yaml');
  const url = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: the browser reads the address after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
  return { name, text };
}
