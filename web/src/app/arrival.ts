/** The address that the page was opened at, before the router writes it in its own way. */
export const arrival = { hash: location.hash, search: location.search };
