import { type HomeSearch, homeQuery } from '../lib/home.ts';
import { queryClient, routeQuery } from './client.ts';

/** What Home reads: its page of environments, what to filter them by, and whether a file ends soon. */
export function homeQueries(search: HomeSearch) {
  return {
    list: routeQuery('environments.list', { query: homeQuery(search) }),
    summary: routeQuery('environments.summary', { query: { accessible: 'true' } }),
    ending: routeQuery('kubeconfigs.list', { query: { state: 'expiring', limit: 1 } }),
  };
}

/** Begins to read it, such as while the page's own code is still on its way. */
export function prefetchHome(search: HomeSearch): void {
  const { list, summary, ending } = homeQueries(search);
  void queryClient.prefetchQuery(list);
  void queryClient.prefetchQuery(summary);
  void queryClient.prefetchQuery(ending);
}
