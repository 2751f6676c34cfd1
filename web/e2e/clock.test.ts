import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { axeViolations } from './axe.ts';
import { openStage, PASSWORD } from './fixture.ts';

const MINUTE = 60_000;

test('admins are told of a clock that was set back, and nobody else is', async (t) => {
  const stage = await openStage(t);
  if (!stage) return;
  await stage.setUp();
  await stage.admin.call('users.create', { body: { username: 'dana', password: PASSWORD } });
  const admin = await stage.window({ as: 'admin', viewport: { width: 360, height: 740 } });
  const dana = await stage.window({ as: 'dana' });
  const note = /The clock of Sallyport’s machine is \d+ minutes behind/;
  await admin.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await admin.getByText(note).count(), 0);

  const database = new DatabaseSync(join(stage.server.dataDir, 'sallyport.db'));
  const seen = JSON.stringify({ at: Date.now() + 20 * MINUTE, accepted: 0 });
  database.prepare(`insert or replace into meta (key, value) values ('clock', ?)`).run(seen);
  database.close();

  await admin.reload();
  await admin.getByText(note).waitFor();
  await admin.getByText('sallyport accept-clock').waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await admin.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    assert.deepEqual(await axeViolations(admin), [], colorScheme);
  }
  assert.ok(
    await admin.evaluate('document.documentElement.scrollWidth <= innerWidth'),
    'it is no wider than a phone',
  );
  await dana.reload();
  await dana.getByRole('heading', { level: 1 }).waitFor();
  assert.equal(await dana.getByText(note).count(), 0);
  assert.deepEqual(stage.complaints(), []);
});
