import type { Lab } from '@sallyport/lab';

const IMAGE = 'docker.io/local/busybox:1';

/** A namespace with something to look at in it. */
export interface Sample {
  readonly namespace: string;
  readonly app: string;
}

/**
 * Makes a namespace with a ConfigMap and a Deployment whose pods serve a page and write a line to
 * their log every two seconds.
 *
 * @throws where the cluster refuses
 */
export async function deploySample(lab: Lab, { namespace, app }: Sample): Promise<void> {
  await make(lab, '/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await make(lab, `/api/v1/namespaces/${namespace}/configmaps`, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `${app}-settings` },
    data: { greeting: `hello from ${app} in ${lab.name}` },
  });
  await make(lab, `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment(app));
}

function deployment(app: string) {
  const labels = { app };
  const script = `mkdir -p /www && echo "hello from ${app}" > /www/index.html && httpd -p 8080 -h /www
i=0; while true; do i=$((i+1)); echo "${app}: line $i"; sleep 2; done`;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: app,
              image: IMAGE,
              imagePullPolicy: 'IfNotPresent',
              command: ['sh', '-c', script],
              ports: [{ containerPort: 8080 }],
            },
          ],
        },
      },
    },
  };
}

/** Waits until a Deployment has a ready pod, at most `seconds`. @returns whether it has */
export async function becomesReady(
  lab: Lab,
  { namespace, app }: Sample,
  seconds: number,
): Promise<boolean> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${app}`;
  for (let waited = 0; waited < seconds * 2; waited += 1) {
    const { body } = await lab.call('GET', path);
    const { status } = body as { status?: { readyReplicas?: number } };
    if ((status?.readyReplicas ?? 0) > 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return false;
}

async function make(lab: Lab, path: string, body: unknown): Promise<void> {
  const answer = await lab.call('POST', path, body);
  if (answer.status >= 300) {
    throw new Error(`${lab.name} refused ${path}: ${JSON.stringify(answer.body)}`);
  }
}
