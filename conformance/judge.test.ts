import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Capability, judge, type Roads, toReason } from './judge.ts';

type Scene = 'gateway' | 'direct';

const roads: Roads<Scene> = {
  gateway: (work) => work('gateway'),
  direct: (work) => work('direct'),
  podsReason: undefined,
};

const capability = (
  run: (scene: Scene) => unknown,
  more: Partial<Capability<Scene>> = {},
): Capability<Scene> => ({ name: 'get', run: async (scene) => run(scene), ...more });

function failOn(...scenes: Scene[]) {
  return (scene: Scene) => {
    if (scenes.includes(scene)) throw new Error(`broken ${scene}`);
  };
}

describe('the judgement of a capability', () => {
  it('passes what works through the gateway, without trying it directly', async () => {
    const tried: Scene[] = [];
    const outcome = await judge(
      capability((scene) => tried.push(scene)),
      roads,
    );
    assert.deepEqual([outcome, tried], [{ state: 'pass' }, ['gateway']]);
  });

  it('fails what works directly only', async () => {
    const outcome = await judge(capability(failOn('gateway')), roads);
    assert.deepEqual(outcome, { state: 'fail', reason: 'broken gateway' });
  });

  it('does not blame the gateway for what fails without it', async () => {
    const differently = await judge(capability(failOn('gateway', 'direct')), roads);
    assert.deepEqual(differently, {
      state: 'unavailable',
      reason: 'fails without the gateway: broken direct (through it: broken gateway)',
    });
    const alike = await judge(
      capability(() => assert.fail('no such API')),
      roads,
    );
    assert.deepEqual(alike, {
      state: 'unavailable',
      reason: 'fails without the gateway: no such API',
    });
  });

  it('fails an answer that differs from the direct one, and names the line', async () => {
    const outcome = await judge(
      capability((scene) => `one\n${scene}`, { sameAsDirect: true }),
      roads,
    );
    assert.deepEqual(outcome, {
      state: 'fail',
      reason: 'line 2 is "gateway", directly "direct"',
    });
  });

  it('names the line at which the shorter answer ends', async () => {
    const answers = { gateway: 'one', direct: 'one\ntwo' };
    const outcome = await judge(
      capability((scene) => answers[scene], { sameAsDirect: true }),
      roads,
    );
    assert.deepEqual(outcome, { state: 'fail', reason: 'line 2 is "", directly "two"' });
  });

  it('passes equal answers, also of structures', async () => {
    const outcome = await judge(
      capability(() => ({ count: 3 }), { sameAsDirect: true }),
      roads,
    );
    assert.deepEqual(outcome, { state: 'pass' });
  });

  it('runs nothing where the client lacks it or no pods run', async () => {
    const never = () => assert.fail('it was run');
    const lacking = await judge(capability(never, { lacking: 'too old' }), roads);
    assert.deepEqual(lacking, { state: 'unavailable', reason: 'too old' });
    const without = { ...roads, podsReason: 'not root' };
    const pods = await judge(capability(never, { pods: true }), without);
    assert.deepEqual(pods, { state: 'unavailable', reason: 'no pods run here: not root' });
  });

  it('makes a reason of one line of bounded length', () => {
    assert.equal(toReason(new Error('a\n  b')), 'a b');
    assert.equal(toReason('x'.repeat(1_000)).length, 300);
    assert.equal(toReason(new Error('')), 'it failed without a word');
  });
});
