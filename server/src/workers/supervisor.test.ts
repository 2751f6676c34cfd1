import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { test } from 'node:test';
import type { Config } from '../config.ts';
import { createLogger } from '../log.ts';
import { startWorkers } from './supervisor.ts';

test('a start that can make no process fails with the reason, and waits for none of them', async () => {
  // Where no program can be started in.
  cluster.setupPrimary({ cwd: '/proc/no-such-folder' });
  await assert.rejects(startWorkers({} as Config, 2, createLogger('silent')), { code: 'ENOENT' });
});
