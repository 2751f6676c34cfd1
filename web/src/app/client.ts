import {
  ApiError,
  type CallInput,
  type CallOutput,
  createClient,
  type Route,
  type RouteName,
  routes,
} from '@sallyport/contract';
import {
  keepPreviousData,
  MutationCache,
  QueryCache,
  QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';

/** The one way to the server: the typed client of the contract, on this page's own origin. */
export const call = createClient();

/** Told when the server says that nobody is signed in any more. */
let onSignedOut: (() => void) | undefined;

/** Sets what happens when the server says that nobody is signed in any more. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

function watchForSignOut(error: Error): void {
  if (error instanceof ApiError && error.problem.code === 'auth.required') onSignedOut?.();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: watchForSignOut }),
  mutationCache: new MutationCache({ onError: watchForSignOut }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays one however often it is asked; only silence is worth asking again.
      retry: (count, error) => !(error instanceof ApiError) && count < 2,
    },
  },
});

/** The query of a route: its key is the route's name and what it is called with. */
export function routeQuery<N extends RouteName>(name: N, input?: CallInput<N>) {
  return queryOptions({
    queryKey: [name, input ?? {}],
    queryFn: () => callRoute(name, input),
  });
}

/** Reads a route, keeping its answer at hand for the next page that asks the same. */
export function useRoute<N extends RouteName>(
  name: N,
  input?: CallInput<N>,
  options: {
    readonly enabled?: boolean;
    readonly refetchInterval?: number;
    /** Shows the earlier page of a list while the next one is on its way. */
    readonly keep?: boolean;
  } = {},
) {
  const { keep, ...rest } = options;
  return useQuery({
    ...routeQuery(name, input),
    ...rest,
    ...(keep ? { placeholderData: keepPreviousData } : {}),
  });
}

/**
 * Calls a route that changes something.
 *
 * @param stale names of the routes (or their beginnings, such as `grants.`) whose answers have
 *   changed once the call has succeeded
 */
export function useAct<N extends RouteName>(name: N, stale: readonly string[] = []) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: CallInput<N>) => callRoute(name, checked(name, input)),
    onSuccess: () =>
      cache.invalidateQueries({
        predicate: ({ queryKey: [key] }) => stale.some((prefix) => String(key).startsWith(prefix)),
      }),
  });
}

function callRoute<N extends RouteName>(name: N, input?: CallInput<N>): Promise<CallOutput<N>> {
  // The client asks for no input exactly where every part of it is optional.
  return (call as (name: N, input?: CallInput<N>) => Promise<CallOutput<N>>)(name, input);
}

/**
 * Says what is wrong with a body before it is sent, in the server's own words, since both hold the
 * same schema. Bodies of several shapes are left to the server, which says it better.
 */
function checked<N extends RouteName>(name: N, input: CallInput<N>): CallInput<N> {
  const { body: schema }: Route = routes[name];
  if (!schema || schema.type === 'union') return input;
  const result = schema.safeParse((input as { body?: unknown }).body ?? {});
  if (result.success) return input;
  throw new ApiError({
    type: 'about:blank',
    title: 'Not complete yet',
    status: 400,
    code: 'request.invalid',
    detail: 'Please correct what is marked below.',
    errors: result.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      message,
    })),
  });
}
