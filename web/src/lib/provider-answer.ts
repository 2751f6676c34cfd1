/**
 * Finds what the provider has answered in the address that it sent the browser back to: behind the
 * `#` where it was asked to put it there, else behind the `?`.
 *
 * @returns the parameters as they are; undefined where there are none
 */
export function providerAnswerIn({
  hash,
  search,
}: {
  readonly hash: string;
  readonly search: string;
}): string | undefined {
  const answers = [hash.slice(1), search.slice(1)];
  return answers.find((text) => {
    const parameters = new URLSearchParams(text);
    return parameters.has('code') || parameters.has('error');
  });
}
