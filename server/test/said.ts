/** What a problem of the REST API, or a Status of the proxy, says to a program, as tests look at it. */
export interface Said {
  readonly code?: string | number;
  readonly kind?: string;
  readonly detail?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: ReadonlyArray<{ readonly reason: string }> };
}

/** Reads the JSON of an answer that is an error. */
export async function said(response: Pick<Response, 'json'>): Promise<Said> {
  return (await response.json()) as Said;
}
