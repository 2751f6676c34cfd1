import type { z } from 'zod';
import { Problem } from './common.ts';
import { type Route, type RouteName, type Routes, routes } from './routes.ts';

type In<R, K extends string> = K extends keyof R
  ? R[K] extends z.ZodType
    ? { [P in K]: z.input<R[K]> }
    : unknown
  : unknown;

/** What a call of a route takes: its path parameters, query and body, as far as it has them. */
export type CallInput<N extends RouteName> = In<Routes[N], 'params'> &
  Partial<In<Routes[N], 'query'>> &
  In<Routes[N], 'body'>;

/** What a call of a route gives: the parsed JSON, the raw `Response` of a file, or nothing. */
export type CallOutput<N extends RouteName> = Routes[N] extends { file: true }
  ? Response
  : Routes[N] extends { response: infer S extends z.ZodType }
    ? z.output<S>
    : undefined;

/** An error that Sallyport answered with. `problem.code` is stable; `message` is for people. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

export interface ClientOptions {
  /** Such as `https://localhost:9443`; empty in a page that Sallyport itself served. */
  readonly baseUrl?: string;
  /** Sent with each request, for instance `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A client of the REST API, typed by the route table.
 *
 * @returns `call(name, input)`, which resolves to the route's answer and rejects with
 *   {@link ApiError} where Sallyport refused, or with fetch's own error where nothing answered
 */
export function createClient(options: ClientOptions = {}) {
  const send = options.fetch ?? globalThis.fetch;
  return async function call<N extends RouteName>(
    name: N,
    ...[input]: Record<never, never> extends CallInput<N> ? [CallInput<N>?] : [CallInput<N>]
  ): Promise<CallOutput<N>> {
    const route: Route = routes[name];
    const parts = (input ?? {}) as {
      params?: Record<string, unknown>;
      query?: Record<string, unknown>;
      body?: unknown;
    };
    const hasBody = route.body !== undefined;
    const response = await send(
      (options.baseUrl ?? '') + pathOf(route, parts.params, parts.query),
      {
        method: route.method,
        headers: {
          accept: route.file ? 'application/yaml' : 'application/json',
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
          ...options.headers,
        },
        ...(hasBody ? { body: JSON.stringify(parts.body ?? {}) } : {}),
      },
    );
    if (!response.ok) throw new ApiError(await problemOf(response));
    if (route.file) return response as CallOutput<N>;
    if (!route.response) return undefined as CallOutput<N>;
    return route.response.parse(await response.json()) as CallOutput<N>;
  };
}

function pathOf(route: Route, params?: Record<string, unknown>, query?: Record<string, unknown>) {
  const path = route.path.replace(/:(\w+)/g, (_, key: string) =>
    encodeURIComponent(String(params?.[key])),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(key, String(value));
  }
  return search.size ? `${path}?${search}` : path;
}

/** Whatever answered (a proxy on the way, say), the caller gets a problem with a sentence in it. */
async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    return Problem.parse(JSON.parse(text));
  } catch {
    return {
      type: 'about:blank',
      title: response.statusText || 'Error',
      status: response.status,
      code: 'http.unexpected',
      detail: `The server answered ${response.status} without saying why.`,
    };
  }
}
