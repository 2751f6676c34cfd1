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

test('an error is written with its causes, and without what a library has hung on it', () => {
  const { lines, logger } = collect('debug');
  const cause = Object.assign(new Error('the cause'), { client: { password: 'hunter2' } });
  const error = Object.assign(new Error('the error', { cause }), {
    code: 'HPE_INVALID_HEADER_TOKEN',
    rawPacket: Buffer.from('Authorization: Bearer hunter2'),
    connection: { settings: { password: 'hunter2' } },
  });
  logger.debug({ err: error }, 'failed');
  const { err } = JSON.parse(lines[0] ?? '') as { err: Record<string, string> };
  assert.deepEqual(Object.keys(err).sort(), ['code', 'message', 'stack', 'type']);
  assert.equal(err.code, 'HPE_INVALID_HEADER_TOKEN');
  assert.match(err.message ?? '', /the error.*the cause/);
  logger.debug({ err: 'thrown text' }, 'failed');
  assert.equal(JSON.parse(lines[1] ?? '').err, 'thrown text');
  logger.debug({ err: new AggregateError([new Error('one'), new Error('two')]) }, 'failed');
  assert.deepEqual(JSON.parse(lines[2] ?? '').err.errors, ['Error: one', 'Error: two']);
});
