import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStage } from './fixture.ts';
import { populate } from './populate.ts';
import { chooseEnvironment, steps } from './steps.ts';

test('an admin sees what is open through the gate, and ends one', async (t) => {
  const stage = await openStage(t, { serverArgs: ['--workers', '2'] });
  if (!stage) return;
  const { environmentIds } = await populate(stage);
  const { admin, lab, folder } = stage;
  const config = join(folder, 'shell.yaml');
  const file = await admin.call('kubeconfigs.create', {
    body: { name: 'shell', environmentIds: environmentIds.slice(0, 1) },
  });
  writeFileSync(config, await file.text());
  const page = await stage.window({ as: 'admin' });
  const step = steps(t);
  const rowOf = (text: string | RegExp) => page.getByRole('row', { name: text });
  const watching = spawn(lab.kubectl ?? 'kubectl', ['get', 'secrets', '-n', 'default', '--watch'], {
    env: { ...process.env, KUBECONFIG: config, KUBECACHEDIR: `${config}.cache` },
  });
  stage.defer(() => watching.kill('SIGKILL'));
  const exited = once(watching, 'close');
  let said = '';
  for (const output of [watching.stdout, watching.stderr]) {
    output.on('data', (chunk) => {
      said += chunk;
    });
  }

  await step('a watch of kubectl appears by itself, with who, where and what', async () => {
    await page.getByRole('link', { name: 'Live' }).click();
    await rowOf(/watch secrets in default.*admin with shell.*build farm.*127\.0\.0\.1/).waitFor();
  });

  await step('the list is narrowed by environment and by words, in the address bar', async () => {
    await chooseEnvironment(page, 'Environment', 'build farm');
    await rowOf(/watch configmaps/).waitFor({ state: 'detached' });
    await page.reload();
    await rowOf(/watch secrets/).waitFor();
    assert.equal(await rowOf(/watch configmaps/).count(), 0);
    await chooseEnvironment(page, 'Environment', 'All environments');
    await page.getByLabel('Search streams').fill('configmaps');
    await rowOf(/watch secrets/).waitFor({ state: 'detached' });
    await page.getByLabel('Search streams').fill('');
  });

  await step('it is ended by the keyboard, and its client is told by whom', async () => {
    await page.getByRole('button', { name: /^End watch secrets/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByText('It ends at once').waitFor();
    await page.getByRole('button', { name: 'End it' }).click();
    await exited;
    assert.match(said, /ended in Sallyport by admin/);
    await rowOf(/watch secrets/).waitFor({ state: 'detached' });
    await rowOf(/watch configmaps/).waitFor();
  });

  await step('the audit log has it, as an act and as the reason of the end', async () => {
    await page.goto('/audit?q=watch+secrets');
    await rowOf(/end streams watch secrets in default of admin, build farm/).waitFor();
    // What ended a request is written a moment after it has; the page shows it as it comes.
    await page.goto('/audit?q=stream_ended');
    await page.getByRole('switch', { name: 'Live' }).check({ force: true });
    await rowOf(/watch secrets.*proxy\.stream_ended/).waitFor();
  });

  assert.deepEqual(stage.complaints(), []);
});
