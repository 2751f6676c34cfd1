import { define } from './entry.ts';

/** The proxy. */
export const proxyErrors = define({
  'proxy.credential_missing': {
    status: 401,
    title: 'No credential',
    message: 'The request carries no kubeconfig token.',
    remedy: 'Use a kubeconfig downloaded from {url}.',
  },
  'proxy.credential_unknown': {
    status: 401,
    title: 'Unknown kubeconfig',
    message: 'Sallyport does not know this kubeconfig.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.kubeconfig_expired': {
    status: 401,
    title: 'Kubeconfig expired',
    message: 'This kubeconfig expired at {time}.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.kubeconfig_renewed': {
    status: 401,
    title: 'Kubeconfig renewed',
    message:
      'This kubeconfig was renewed at {renewed}, and this older file of it was good until {time}.',
    remedy: 'Use the newer file, or download another from {url}.',
  },
  'proxy.sign_in_lapsed': {
    status: 401,
    title: 'Sign-in through the provider too old',
    message: 'Your sign-in through the provider counted until {time}, so this kubeconfig waits.',
    remedy: 'Sign in at {url} again: then the same file works again.',
  },
  'proxy.kubeconfig_idle': {
    status: 401,
    title: 'Kubeconfig not used',
    message: 'This kubeconfig was not used for {limit}, so it ended at {time}.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.kubeconfig_revoked': {
    status: 401,
    title: 'Kubeconfig revoked',
    message: 'This kubeconfig was revoked at {time}.',
    remedy: 'Download a new one from {url}.',
  },
  'proxy.user_disabled': {
    status: 401,
    title: 'User disabled',
    message: 'The user {username} is disabled in Sallyport.',
    remedy: 'Ask an admin.',
  },
  'proxy.path_missing': {
    status: 401,
    title: 'Path missing',
    message:
      "This is Sallyport, not a cluster: {path} is missing what stands in front of it in the kubeconfig's server address, /api/endpoints/ID/kubernetes.",
    remedy:
      'kubectl before 1.34 drops it from get --raw: write the whole path. kubectl proxy keeps it with --append-server-path. Where environments have names in TLS, neither needs to: an admin can set that, for files made afterwards.',
  },
  'proxy.environment_not_in_kubeconfig': {
    status: 403,
    title: 'Environment not in this kubeconfig',
    message: 'This kubeconfig is not for environment {id}.',
    remedy: 'Download one that covers it from {url}.',
  },
  'proxy.no_access': {
    status: 403,
    title: 'No access',
    message: 'No grant lets {username} enter environment {environment}.',
    remedy: 'Ask an admin for a grant.',
  },
  'proxy.access_unsettled': {
    status: 503,
    title: 'Access is changing',
    message: 'Users, kubeconfigs or grants change faster than they can be checked.',
    remedy: 'Try again in {seconds} seconds.',
  },
  'proxy.https_only': {
    status: 403,
    title: 'HTTPS needed',
    message: 'The proxy answers over HTTPS only.',
    remedy:
      'Use the https:// address in the kubeconfig. Where a load balancer ends TLS, an admin must name its address with --trusted-proxies.',
  },
  'proxy.upstream_unreachable': {
    status: 503,
    title: 'Cluster not reachable',
    message: 'The API server of environment {environment} cannot be reached: {why}.',
    remedy: 'Other environments are not affected. Try again shortly.',
  },
  'proxy.upstream_tls': {
    status: 503,
    title: 'Cluster not verified',
    message: 'The API server of environment {environment} could not prove who it is: {why}.',
    remedy: 'An admin must correct the CA of the environment.',
  },
  'proxy.upstream_credential': {
    status: 502,
    title: 'Environment credential refused',
    message: "The API server of environment {environment} refuses Sallyport's own credential.",
    remedy: 'An admin must replace the credential of the environment.',
  },
  'proxy.upstream_broken': {
    status: 502,
    title: 'Bad answer from the cluster',
    message: 'The API server of environment {environment} gave no valid answer: {why}.',
  },
  'proxy.upstream_timeout': {
    status: 504,
    title: 'No answer from the cluster',
    message: 'The API server of environment {environment} gave no answer within {limit} s.',
  },
  'proxy.access_changed': {
    status: 403,
    title: 'Access changed',
    message: 'Your access to environment {environment} has changed, so what was open has ended.',
    remedy: 'Start again; you have what the grants give you now.',
  },
  'proxy.stream_ended': {
    status: 403,
    title: 'Ended in Sallyport',
    message: 'This stream was ended in Sallyport by {username}.',
    remedy: 'Ask them why before you start again.',
  },
  'stream.not_found': {
    status: 404,
    title: 'No such stream',
    message: 'No open stream has the id {id}, or it is not yours.',
    remedy:
      'It may have ended by itself. Where there are several replicas, ask the one that it goes through.',
  },
  'proxy.namespaces_changed': {
    status: 410,
    title: 'Namespaces changed',
    message: 'The namespaces that you may see in environment {environment} have changed.',
    remedy: 'List them again.',
  },
  'proxy.stopping': {
    status: 503,
    title: 'Stopping',
    message: 'Sallyport is stopping.',
    remedy: 'Try again in a moment.',
  },
});
