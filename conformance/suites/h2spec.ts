import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Client } from '../client.ts';
import type { Capability } from '../judge.ts';
import type { Scene } from '../scene.ts';
import { goInstall, H2SPEC } from '../tools/builds.ts';

/** h2spec's groups, and how many cases each has. */
const GROUPS = [
  ['generic', 44],
  ['http2', 94],
  ['hpack', 7],
] as const;

/** h2spec asks for RFC 7540's priorities, which RFC 9113 §5.3.2 took back; they are ignored. */
const PRIORITIES = [
  'Sends HEADERS frame that depend on itself',
  'Sends PRIORITY frame that depend on itself',
];
/**
 * What is wrong with these requests comes behind their heads, and the gateway mostly has answered by then:
 * it refuses whoever asks without a credential, and lets go of the rest of the request (RFC 9113 §8.1).
 */
const ANSWERED_BEFORE = [
  'Sends multiple WINDOW_UPDATE frames increasing the flow control window to above 2^31-1 on a stream',
  'Sends a second HEADERS frame without the END_STREAM flag',
  'Sends a HEADERS frame that contains a pseudo-header field as trailers',
  'Sends a HEADERS frame with the "content-length" header field which does not equal the DATA frame payload length',
  'Sends a HEADERS frame with the "content-length" header field which does not equal the sum of the multiple DATA frames payload length',
];
const KNOWN: ReadonlySet<string> = new Set([...PRIORITIES, ...ANSWERED_BEFORE]);

/** HTTP/2 as its test suite reads RFC 7540 and RFC 7541, spoken to the gateway's own port. */
export const h2spec: Client = {
  family: 'HTTP/2',
  name: 'h2spec',
  prepare: async () => ({
    title: `h2spec ${H2SPEC.version.replace(/\+.*/, '')}`,
    path: await goInstall(H2SPEC),
  }),
  capabilities: GROUPS.map(([group, cases]) => ({
    name: `${group} (${cases} cases)`,
    run: (scene) => run(scene, group, cases),
  })) satisfies ReadonlyArray<Capability<Scene>>,
};

async function run(scene: Scene, group: string, cases: number): Promise<void> {
  const { hostname, port } = serverOf(scene.kubeconfig());
  const args = [group, '--tls', '--insecure', '--timeout', '2', '--host', hostname, '--port', port];
  const { stdout } = await scene.run(scene.tool, args, { env: scene.env() });
  const text = stdout.toString();
  const counts = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(text);
  assert.ok(counts, `h2spec said no counts, but ${text.slice(-200)}`);
  // Each failure is told twice: where it happens, and at the end.
  const told = text.slice(text.indexOf('Failures:'));
  const failed = [...told.matchAll(/× \d+: (.+)/g)].map(([, title = '']) => title);
  assert.deepEqual(
    failed.filter((title) => !KNOWN.has(title)),
    [],
  );
  assert.equal(Number(counts[1]), cases);
  assert.equal(Number(counts[2]), cases - failed.length);
}

/** Where a kubeconfig leads. */
function serverOf(kubeconfig: string): URL {
  const server = /^\s*server:\s*["']?(https:\/\/[^\s"']+)/m.exec(readFileSync(kubeconfig, 'utf8'));
  assert.ok(server?.[1], 'the kubeconfig names no server');
  return new URL(server[1]);
}
