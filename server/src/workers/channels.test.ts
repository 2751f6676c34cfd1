import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkChannels } from './testing.ts';

test('what one process publishes reaches all others, on the channel of that name', () => {
  const [a, b, c] = linkChannels(3);
  const heard: string[] = [];
  for (const [name, open] of Object.entries({ a, b, c })) {
    open<number>('one').subscribe((message) => heard.push(`${name} one ${message}`));
    open<number>('two').subscribe((message) => heard.push(`${name} two ${message}`));
  }
  a<number>('one').publish(1);
  c<number>('two').publish(2);
  assert.deepEqual(heard, ['b one 1', 'c one 1', 'a two 2', 'b two 2']);
});

test('who has ended to listen hears nothing more', () => {
  const [a, b] = linkChannels(2);
  const heard: number[] = [];
  const end = b<number>('one').subscribe((message) => heard.push(message));
  a<number>('one').publish(1);
  end();
  a<number>('one').publish(2);
  assert.deepEqual(heard, [1]);
});
