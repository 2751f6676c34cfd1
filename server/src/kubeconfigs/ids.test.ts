import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SallyportError } from '../errors.ts';
import { parseIds } from './ids.ts';

describe('the ids of a download', () => {
  it('are read in every spelling that the contract names', () => {
    assert.deepEqual(parseIds('1,2'), [1, 2]);
    assert.deepEqual(parseIds('[1,2]'), [1, 2]);
    assert.deepEqual(parseIds(['1', '2']), [1, 2]);
    assert.deepEqual(parseIds(' [ 3 , 1 ] '), [3, 1]);
  });

  it('mean all when there are none, and nothing when the list is empty', () => {
    assert.equal(parseIds(undefined), undefined);
    assert.deepEqual(parseIds('[]'), []);
    assert.deepEqual(parseIds(''), []);
  });

  it('keep duplicates, which the issuer refuses by name', () => {
    assert.deepEqual(parseIds('1,1'), [1, 1]);
  });

  it('are refused when they are no ids, never taken for all', () => {
    for (const text of ['abc', '1,x', '1;2', '0', '-1', '1.5', '[1', '1e3', '99999999999', ',']) {
      assert.throws(() => parseIds(text), { code: 'kubeconfig.ids_invalid' }, text);
    }
  });

  it('never make any other error, whatever is sent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.array(fc.string())), (raw) => {
        try {
          for (const id of parseIds(raw) ?? []) assert.ok(Number.isSafeInteger(id) && id > 0);
        } catch (error) {
          assert.ok(error instanceof SallyportError);
        }
      }),
    );
  });
});
