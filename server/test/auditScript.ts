/** What one person does with one kubeconfig in the scripted hour. */

export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const JSON_TYPE = 'application/json';

/**
 * Some seventy requests of every kind, in an order in which they make sense.
 *
 * @param namespace where they work
 * @param mine begins the names of what they make, so that two files do not meet
 */
export function script(namespace: string, mine: string): ScriptedRequest[] {
  const core = `/api/v1/namespaces/${namespace}`;
  const maps = `${core}/configmaps`;
  const apps = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const one = `${maps}/${mine}-one`;
  const web = `${apps}/${mine}-web`;
  const get = (path: string): ScriptedRequest => ({ method: 'GET', path });
  const remove = (path: string): ScriptedRequest => ({ method: 'DELETE', path });
  const send = (method: string, path: string, body: object | string, type = JSON_TYPE) => ({
    ...{ method, path, headers: { 'content-type': type } },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const merge = (path: string, body: object) =>
    send('PATCH', path, body, 'application/merge-patch+json');
  const configMap = (metadata: object, data: object = {}) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data },
    metadata,
  });
  const scale = (replicas: number) => ({
    ...{ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas } },
    metadata: { name: `${mine}-web`, namespace },
  });

  return [
    // What is no resource.
    ...['/version', '/api', '/apis', '/api/v1', '/apis/apps/v1', '/healthz', '/openapi/v3'].map(
      get,
    ),
    ...['/metrics', '/nothing/at/all'].map(get),
    { method: 'POST', path: '/version' },

    // Objects, from their beginning to their end.
    send('POST', maps, configMap({ name: `${mine}-one`, labels: { of: mine } }, { a: '1' })),
    send('POST', maps, configMap({ name: `${mine}-one` })),
    send('POST', maps, configMap({ name: 'No_Name' })),
    send('POST', maps, '{"kind":'),
    send('POST', maps, 'a', 'text/plain'),
    send('POST', maps, configMap({ generateName: `${mine}-`, labels: { of: mine } })),
    send('POST', `${maps}?dryRun=All`, configMap({ name: `${mine}-dry` })),
    get(one),
    { method: 'HEAD', path: one },
    get(`${maps}/none`),
    get(`${maps}?limit=1`),
    get(`${maps}?labelSelector=of%3D${mine}`),
    get(`${maps}?fieldSelector=metadata.name%3D${mine}-one`),
    get(`${maps}?fieldSelector=nonsense`),
    get(`/api/v1/%6Eamespaces/${namespace}/configmaps/${mine}-one`),
    get(`${core}//configmaps`),
    get(`${maps}?watch=1&timeoutSeconds=1`),
    get(`${maps}?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3D${mine}-one`),
    get(`${maps}?watch=1&timeoutSeconds=1&resourceVersion=1`),
    get(`/api/v1/watch/namespaces/${namespace}/configmaps?timeoutSeconds=1`),
    send('PUT', one, configMap({ name: `${mine}-one`, labels: { of: mine } }, { a: '2' })),
    send('PUT', one, configMap({ name: `${mine}-one`, resourceVersion: '1' })),
    send('PUT', one, configMap({ name: 'another' })),
    merge(one, { data: { b: '3' } }),
    merge(one, { metadata: { name: 'another' } }),
    send('PATCH', one, { data: { c: '4' } }, 'application/strategic-merge-patch+json'),
    send(
      'PATCH',
      one,
      [{ op: 'test', path: '/data/a', value: 'x' }],
      'application/json-patch+json',
    ),
    ...['first', 'second'].map((data) =>
      send(
        'PATCH',
        `${maps}/${mine}-applied?fieldManager=${data}`,
        configMap({ name: `${mine}-applied`, labels: { of: mine } }, { data }),
        'application/apply-patch+yaml',
      ),
    ),

    // Their parts.
    send('POST', apps, {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name: `${mine}-web` },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: mine } },
        template: {
          metadata: { labels: { app: mine } },
          spec: { containers: [{ name: 'main', image: 'docker.io/local/busybox:1' }] },
        },
      },
    }),
    send('POST', apps, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'no-spec' },
    }),
    get(`${web}/scale`),
    send('PUT', `${web}/scale`, scale(0)),
    merge(`${web}/scale`, { spec: { replicas: 0 } }),
    get(`${web}/status`),
    merge(`${web}/status`, { status: { replicas: 0 } }),
    get(`${apps}?watch=true&timeoutSeconds=1`),
    remove(web),
    get(`${core}/pods/none/log?follow=true`),
    send('POST', `${core}/pods/none/exec?command=sh&command=-c&command=hush`, ''),
    get(`${core}/pods/none/portforward`),
    send('POST', `${core}/pods/none/eviction`, {
      ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'none', namespace } },
    }),
    get(`${core}/services/none/proxy/a/b?c=hush`),
    send('POST', `${core}/serviceaccounts/default/token`, {
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    }),
    get(`${core}/status`),

    // What is not theirs alone.
    get('/api/v1/namespaces'),
    get('/api/v1/namespaces?watch=1&timeoutSeconds=1'),
    get(core),
    get('/api/v1/nodes'),
    get('/api/v1/namespaces/kube-system/secrets'),
    get('/apis/nothing.example/v1/things/one'),
    { method: 'OPTIONS', path: '/api/v1/pods' },
    send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
      ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' },
      spec: { resourceAttributes: { namespace, verb: 'list', resource: 'pods' } },
    }),
    remove('/api/v1/namespaces/default'),

    // And away with it.
    remove(`${maps}/none`),
    remove(one),
    remove(`${maps}?labelSelector=of%3D${mine}`),
  ];
}
