import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { commandsFor, type System, systemOf } from './commands.ts';

const linesFor = (system: System, fileName: string, context?: string) =>
  commandsFor(system, fileName, context).map(({ line }) => line);
const exportOf = (fileName: string) => linesFor('unix', fileName)[0] ?? '';

test('names the file where browsers save it', () => {
  assert.equal(exportOf('dev.yaml'), 'export KUBECONFIG=~/Downloads/dev.yaml');
  assert.equal(
    linesFor('windows', 'dev.yaml')[0],
    '$env:KUBECONFIG = "$HOME\\Downloads\\dev.yaml"',
  );
});

test('quotes a name so that a shell takes it as it is', () => {
  for (const name of ['dev (1).yaml', "it's.yaml", '$(id).yaml', 'a;b.yaml']) {
    const script = `HOME=/home/dana; ${exportOf(name)}; printf %s "$KUBECONFIG"`;
    assert.equal(
      execFileSync('sh', ['-c', script], { encoding: 'utf8' }),
      `/home/dana/Downloads/${name}`,
    );
  }
});

test('goes to the context of the file, or says how to find one', () => {
  assert.equal(
    linesFor('unix', 'dev.yaml', 'sallyport-ctx-production')[2],
    'kubectl config use-context sallyport-ctx-production',
  );
  assert.equal(linesFor('windows', 'dev.yaml')[2], 'kubectl config get-contexts');
});

test('a merge that fails leaves the kubeconfig that was there', () => {
  const [, unix = ''] = linesFor('unix', 'dev.yaml');
  assert.match(unix, /--flatten > ~\/\.kube\/merged\) && mv /);
  const [, windows = ''] = linesFor('windows', 'dev.yaml');
  assert.match(windows, /if \(\$LASTEXITCODE -eq 0\) \{[^}]*Set-Content[^}]*\}/);
});

test('guesses where somebody would paste', () => {
  assert.equal(systemOf('Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/140.0'), 'windows');
  assert.equal(systemOf('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605'), 'unix');
});
