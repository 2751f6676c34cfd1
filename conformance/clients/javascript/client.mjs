/**
 * One capability of the JavaScript client library, with what happened printed as a line of JSON.
 *
 *   node client.mjs list|watch|namespaces|exec|port-forward NAMESPACE POD
 *
 * The kubeconfig is KUBECONFIG's. It runs in the folder that the library was installed into.
 */
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { PassThrough, Writable } from 'node:stream';
import {
  CoreV1Api,
  Exec,
  KubeConfig,
  makeInformer,
  PortForward,
  Watch,
} from '@kubernetes/client-node';

const [capability, namespace, pod] = process.argv.slice(2);
const config = new KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);
const api = config.makeApiClient(CoreV1Api);

/** Counts all ConfigMaps, 500 at a time. */
async function list() {
  let [count, pages, following] = [0, 0, undefined];
  do {
    const page = await api.listNamespacedConfigMap({ namespace, limit: 500, _continue: following });
    count += page.items.length;
    pages += 1;
    following = page.metadata?._continue;
  } while (following);
  return { count, pages };
}

/** Sees one ConfigMap come, change and go. */
async function watch() {
  const name = `javascript-watched-${Date.now()}`;
  const { metadata } = await api.listNamespacedConfigMap({ namespace, limit: 1 });
  const events = [];
  let stop = () => {};
  const ended = new Promise((resolve, reject) => {
    new Watch(config)
      .watch(
        `/api/v1/namespaces/${namespace}/configmaps`,
        { resourceVersion: metadata?.resourceVersion },
        (type, object) => {
          if (object.metadata?.name !== name) return;
          events.push(type);
          if (type === 'DELETED') resolve();
        },
        (error) => (error ? reject(error) : resolve()),
      )
      .then((controller) => {
        stop = () => controller.abort();
      }, reject);
  });
  await api.createNamespacedConfigMap({ namespace, body: { metadata: { name } } });
  await api.replaceNamespacedConfigMap({
    namespace,
    name,
    body: { metadata: { name }, data: { changed: 'yes' } },
  });
  await api.deleteNamespacedConfigMap({ namespace, name });
  await ended;
  stop();
  return { events };
}

/** Tells which namespaces an informer has. */
async function namespaces() {
  const informer = makeInformer(config, '/api/v1/namespaces', () => api.listNamespace());
  const failed = new Promise((_resolve, reject) => informer.on('error', reject));
  await Promise.race([informer.start(), failed]);
  const names = informer.list().map(({ metadata }) => metadata?.name);
  await informer.stop();
  return { names: names.sort() };
}

/** Sends a line to a command and reads all that it says. */
async function exec() {
  const [stdout, stderr, stdin] = [collector(), collector(), new PassThrough()];
  const status = await new Promise((resolve, reject) => {
    new Exec(config)
      .exec(
        namespace,
        pod,
        'main',
        ['sh', '-c', 'read line; echo got $line; echo oops >&2; exit 7'],
        stdout.stream,
        stderr.stream,
        stdin,
        false,
        resolve,
      )
      .then(() => stdin.write('hello\n'), reject);
  });
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  return { stdout: stdout.text(), stderr: stderr.text(), code: Number(cause?.message) };
}

/** Fetches the pod's page through a forwarded port. */
async function portForward() {
  const forward = new PortForward(config);
  const failures = [];
  const server = createServer((socket) => {
    forward.portForward(namespace, pod, [8080], socket, null, socket).catch((error) => {
      failures.push(error);
      socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const request = get({ host: '127.0.0.1', port: server.address().port, agent: false });
    const [response] = await once(request, 'response');
    const body = await response.toArray();
    return { status: response.statusCode, body: Buffer.concat(body).toString() };
  } catch (error) {
    throw failures[0] ?? error;
  } finally {
    server.close();
  }
}

function collector() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

const report = await { list, watch, namespaces, exec, 'port-forward': portForward }[capability]();
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
