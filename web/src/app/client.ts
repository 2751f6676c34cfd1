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
  type MutationOptions,
  QueryCache,
  QueryClient,
  queryOptions,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { type Foresight, show } from './foresee.ts';

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

/** How an act is done, and who hears of it; heard also where its component is gone by then. */
export interface ActOptions<N extends RouteName> {
  /**
   * Names of the routes (or their beginnings, such as `grants.`) whose answers have changed once the
   * call has succeeded.
   */
  readonly stale?: readonly string[] | undefined;
  /**
   * What the act will have changed, to show it at once; where the server refuses, it is put back.
   * Only for what gives nobody access and shows no secret: see docs/decisions/0015.
   */
  readonly foresee?: ((input: CallInput<N>) => readonly Foresight[]) | undefined;
  /** Called once what was foreseen is shown. */
  readonly onForeseen?: (() => void) | undefined;
  readonly onDone?: ((answer: CallOutput<N>) => void) | undefined;
  readonly onRefused?: ((error: Error, input: CallInput<N>) => void) | undefined;
}

/** Calls a route that changes something. */
export function useAct<N extends RouteName>(name: N, options: ActOptions<N> = {}) {
  return useMutation(actOf(useQueryClient(), name, options));
}

/** Does once more what was refused, for when the component that did it is gone. */
export function actAgain<N extends RouteName>(
  cache: QueryClient,
  name: N,
  options: ActOptions<N>,
  input: CallInput<N>,
): void {
  const again = cache.getMutationCache().build(cache, actOf(cache, name, options));
  // Whoever gave the options hears of a failure.
  again.execute(input).catch(() => {});
}

function actOf<N extends RouteName>(
  cache: QueryClient,
  name: N,
  { stale = [], foresee, onForeseen, onDone, onRefused }: ActOptions<N>,
): MutationOptions<CallOutput<N>, Error, CallInput<N>, (() => void) | undefined> {
  const readAnew = () =>
    cache.invalidateQueries({
      predicate: ({ queryKey: [key] }) => stale.some((prefix) => String(key).startsWith(prefix)),
    });
  return {
    mutationFn: (input) => callRoute(name, input),
    onMutate: async (input) => {
      checkBody(name, input);
      if (!foresee) return undefined;
      const putBack = await show(cache, foresee(input));
      onForeseen?.();
      return putBack;
    },
    onError: (error, input, putBack) => {
      putBack?.();
      onRefused?.(error, input);
      // What was put back may be as wrong as what was foreseen: others change things too.
      if (putBack) void readAnew();
    },
    onSuccess: (answer) => {
      onDone?.(answer);
      return readAnew();
    },
  };
}

function callRoute<N extends RouteName>(name: N, input?: CallInput<N>): Promise<CallOutput<N>> {
  // The client asks for no input exactly where every part of it is optional.
  return (call as (name: N, input?: CallInput<N>) => Promise<CallOutput<N>>)(name, input);
}

/**
 * Says what is wrong with a body before it is sent, in the server's own words, since both hold the
 * same schema. Bodies of several shapes are left to the server, which says it better.
 */
function checkBody<N extends RouteName>(name: N, input: CallInput<N>): void {
  const { body: schema }: Route = routes[name];
  if (!schema || schema.type === 'union') return;
  const result = schema.safeParse((input as { body?: unknown }).body ?? {});
  if (result.success) return;
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
