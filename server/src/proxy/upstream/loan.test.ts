import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loanOf } from './loan.ts';

const SIZE = 16 * 1024;

describe('the memory of a read', () => {
  it('is given back when the last who needs it has given it', () => {
    const chunk = Buffer.from(new ArrayBuffer(SIZE));
    const part = chunk.subarray(5, 9);
    const loan = loanOf(chunk);
    loan?.take();
    loan?.take();
    loan?.give();
    loan?.give();
    assert.equal(part.length, 4);
    loan?.give();
    assert.deepEqual([chunk.length, part.length], [0, 0]);
    loan?.give();
  });

  it('stays where somebody keeps it', () => {
    const chunk = Buffer.from(new ArrayBuffer(SIZE));
    const loan = loanOf(chunk);
    loan?.take();
    loan?.give();
    assert.equal(chunk.length, SIZE);
  });

  it('is never given back where others have a part of it, or it is small', () => {
    const memory = new ArrayBuffer(4 * SIZE);
    assert.equal(loanOf(Buffer.from(memory, 0, SIZE)), undefined);
    assert.equal(loanOf(Buffer.from(memory, SIZE)), undefined);
    assert.equal(loanOf(Buffer.from(new SharedArrayBuffer(SIZE))), undefined);
    assert.equal(loanOf(Buffer.allocUnsafe(SIZE)), undefined);
    assert.equal(loanOf(Buffer.from(new ArrayBuffer(100))), undefined);
  });
});
