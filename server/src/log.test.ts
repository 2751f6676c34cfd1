import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fail } from './errors.ts';
import { createLogger } from './log.ts';

function collect(level: 'silent' | 'info' | 'debug') {
  const lines: string[] = [];
  return { lines, logger: createLogger(level, { write: (line) => lines.push(line) }) };
}

test('each line is one JSON object with a time, a level by name and the message', () => {
  const { lines, logger } = collect('info');
  logger.info({ port: 1 }, 'started');
  const line = JSON.parse(lines[0] ?? '');
  assert.ok(!Number.isNaN(Date.parse(line.time)));
  assert.deepEqual({ ...line, time: '' }, { time: '', level: 'info', port: 1, msg: 'started' });
});

test('lines below the level are not written', () => {
  const { lines, logger } = collect('info');
  logger.debug('no');
  collect('silent').logger.error('no');
  assert.deepEqual(lines, []);
});

test('fields named like secrets are blanked', () => {
  const { lines, logger } = collect('info');
  logger.info({
    token: 'hunter2',
    headers: { authorization: 'hunter2' },
    config: { password: 'hunter2' },
  });
  assert.doesNotMatch(lines.join(''), /hunter2/);
  assert.match(lines.join(''), /\[secret\]/);
});

test('an error from the registry is logged with its code', () => {
  const { lines, logger } = collect('info');
  logger.error({ err: fail('listener.port_taken', { port: 1, host: 'h', option: '--port' }) });
  assert.equal(JSON.parse(lines[0] ?? '').err.code, 'listener.port_taken');
});
