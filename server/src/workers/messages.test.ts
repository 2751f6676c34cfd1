import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fail, SallyportError } from '../errors.ts';
import { packError, unpackError } from './messages.ts';

test('an error says on the other side what it said on this', () => {
  const refusal = fail('listener.port_taken', { host: 'h', port: 1, option: '--port' });
  for (const error of [refusal, new Error('a fault')]) {
    const arrived = unpackError(structuredClone(packError(error)));
    assert.equal(arrived.message, error.message);
    assert.equal(arrived instanceof SallyportError, error instanceof SallyportError);
  }
  assert.equal((unpackError(packError(refusal)) as SallyportError).remedy, refusal.remedy);
  assert.equal(unpackError(packError('thrown text')).message, 'thrown text');
});
