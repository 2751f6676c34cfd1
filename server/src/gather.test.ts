import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noChannel, type OpenChannel } from './channel.ts';
import { createGather } from './gather.ts';
import { linkChannels } from './workers/testing.ts';

const numbered = (channels: readonly OpenChannel[], over: { others?: number } = {}) =>
  channels.map((openChannel, place) =>
    createGather<number, string>({
      ...{ openChannel, name: 'sums', others: channels.length - 1, patienceMs: 200, ...over },
      answer: (question) => `${place}: ${question + place}`,
    }),
  );

test('every process is asked, and each gets what all answer', async () => {
  const [first, second] = numbered(linkChannels(3));
  assert.ok(first && second);
  const [mine, theirs] = await Promise.all([first(10), second(20)]);
  assert.deepEqual(mine.answers.toSorted(), ['0: 10', '1: 11', '2: 12']);
  assert.deepEqual(theirs.answers.toSorted(), ['0: 20', '1: 21', '2: 22']);
  assert.equal(mine.answers[0], '0: 10');
  assert.equal(mine.missing, 0);
});

test('one that does not answer is counted, not waited for', async () => {
  const [ask] = numbered(linkChannels(2), { others: 2 });
  assert.ok(ask);
  const { answers, missing } = await ask(1);
  assert.deepEqual([answers.length, missing], [2, 1]);
});

test('a process that is alone asks nobody', async () => {
  const alone = createGather<number, number>({
    ...{ openChannel: noChannel, name: 'sums', others: 0 },
    answer: (question) => question,
  });
  assert.deepEqual(await alone(7), { answers: [7], missing: 0 });
});
