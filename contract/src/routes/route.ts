import type { z } from 'zod';

/** Who may call a route: anybody, anybody signed in, or Sallyport's admins. */
export type RouteAccess = 'public' | 'user' | 'admin';

/** One route of the REST API: what it takes and gives, in one place for server, page and docs. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly access: RouteAccess;
  /** Set where an API token cannot do it: it takes a person who is signed in. */
  readonly sessionOnly?: true;
  /** Set where it is open to a person who has to set up a second factor before all else. */
  readonly whileDue?: true;
  readonly summary: string;
  /** What a summary has no room for; in OpenAPI. */
  readonly description?: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** The success status; 200 where absent. */
  readonly status?: 201 | 204;
  /** Absent with 204, and where the answer is a file. */
  readonly response?: z.ZodType;
  /** Set where a POST or a file gives no more than a GET does: it is no act. */
  readonly readOnly?: true;
  /** Set where the answer is a file, not JSON. */
  readonly file?: true;
}

/** Keeps the exact types of a table of routes. */
export const define = <const T extends Record<string, Route>>(table: T): T => table;
