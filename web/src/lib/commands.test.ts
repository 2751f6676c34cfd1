import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { commandsFor } from './commands.ts';

const lineFor = (fileName: string, label: RegExp) =>
  commandsFor(fileName).find((command) => label.test(command.label))?.line ?? '';

test('names the file where browsers save it', () => {
  assert.equal(lineFor('dev.yaml', /Linux, in/), 'export KUBECONFIG=~/Downloads/dev.yaml');
  assert.equal(lineFor('dev.yaml', /PowerShell/), '$env:KUBECONFIG = "$HOME\\Downloads\\dev.yaml"');
});

test('quotes a name so that a shell takes it as it is', () => {
  for (const name of ['dev (1).yaml', "it's.yaml", '$(id).yaml', 'a;b.yaml']) {
    const script = `HOME=/home/dana; ${lineFor(name, /Linux, in/)}; printf %s "$KUBECONFIG"`;
    assert.equal(
      execFileSync('sh', ['-c', script], { encoding: 'utf8' }),
      `/home/dana/Downloads/${name}`,
    );
  }
});
