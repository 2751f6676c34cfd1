import { IdParam } from '../common.ts';
import { Onboarding, OnboardingQuery } from '../manifests.ts';
import { define } from './route.ts';

/** Manifests for the owners of clusters. */
export const manifestsRoutes = define({
  'manifests.onboarding': {
    method: 'GET',
    path: '/api/environments/onboarding',
    access: 'admin',
    summary: "The manifest of Sallyport's own ServiceAccount, and a command that applies it",
    query: OnboardingQuery,
    response: Onboarding,
  },
  'manifests.download': {
    method: 'GET',
    path: '/api/environments/:id/manifests',
    access: 'admin',
    summary: "YAML that a cluster's owner may apply so that the grants as they stand hold there",
    params: IdParam,
    file: true,
    readOnly: true,
  },
});
