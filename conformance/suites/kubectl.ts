import assert from 'node:assert/strict';
import { run } from '../../lab/src/binaries/command.ts';
import type { Client } from '../client.ts';
import { debianKubectl } from '../tools/debian.ts';
import { aggregated } from './kubectl/aggregated.ts';
import { changes } from './kubectl/changes.ts';
import { reads } from './kubectl/reads.ts';
import { streams } from './kubectl/streams.ts';

/** Debian's kubectls, oldest first, and the lab's own. @param labKubectl its path, where it has one */
export function kubectls(labKubectl: () => string | undefined): Client[] {
  const debian = (
    [
      ['kubectl 1.20', 20, 'bookworm', 'kubernetes-client'],
      ['kubectl 1.32', 32, 'trixie', 'kubectl'],
      // Whatever the newest is: 1.36 when this was written.
      ['kubectl sid', 36, 'sid', 'kubectl'],
    ] as const
  ).map(([name, minor, suite, packageName]) =>
    client(name, minor, `Debian ${suite}`, () => debianKubectl({ suite, package: packageName })),
  );
  const lab = client('kubectl lab', 36, 'the lab’s own', async () => {
    const path = labKubectl();
    if (path === undefined) throw new Error('the lab has no kubectl of its own');
    return path;
  });
  return [...debian, lab];
}

function client(name: string, minor: number, origin: string, find: () => Promise<string>): Client {
  return {
    family: 'kubectl',
    name,
    prepare: async () => {
      const path = await find();
      const said = await run(path, ['version', '--client', '-o', 'json']);
      const { gitVersion } = JSON.parse(said).clientVersion;
      assert.equal(typeof gitVersion, 'string');
      return { title: `kubectl ${gitVersion} (${origin})`, path };
    },
    capabilities: [...reads(minor), ...aggregated(), ...changes(), ...streams(minor)],
  };
}
