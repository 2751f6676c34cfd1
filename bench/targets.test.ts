import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Figures, Sample } from './figures.ts';
import { judge, TARGETS, type Target } from './targets.ts';

const CPU: Target = {
  text: 'CPU',
  scenario: 'get',
  figure: 'cpuPerRequest',
  against: 'go',
  limit: 0.7,
  bound: 'at most',
};
const HELD: Target = {
  text: 'held',
  scenario: 'watch',
  figure: 'held',
  limit: 10_000,
  bound: 'at least',
};

const sample = (scenario: string, contender: string, figures: Figures, round = 0): Sample => ({
  scenario,
  contender,
  round,
  figures,
});

test('a target is judged by the median of the ratios', () => {
  const samples = [0.6, 0.6, 5].flatMap((ratio, round) => [
    sample('get', 'sallyport', { cpuPerRequest: ratio * 100 }, round),
    sample('get', 'go', { cpuPerRequest: 100 }, round),
  ]);
  assert.equal(judge(CPU, samples, []).verdict, 'met');
  assert.equal(judge({ ...CPU, limit: 0.5 }, samples, []).verdict, 'not met');
});

test('what fails to be at least the limit is not met', () => {
  assert.equal(judge(HELD, [sample('watch', 'sallyport', { held: 10_000 })], []).verdict, 'met');
  assert.equal(judge(HELD, [sample('watch', 'sallyport', { held: 9_999 })], []).verdict, 'not met');
});

test('without a measurement of both there is no verdict, but a reason', () => {
  const own = [sample('get', 'sallyport', { cpuPerRequest: 1 })];
  const lack = { scenario: 'get', contender: 'go', reason: 'go not found' };
  const { verdict, reason } = judge(CPU, own, [lack]);
  assert.deepEqual([verdict, reason], ['not measured', 'go not found']);
  assert.equal(judge(CPU, own, []).reason, 'not asked for');
});

test('a lack of somebody else is no reason', () => {
  const lack = { scenario: 'get', contender: 'nginx', reason: 'nginx not found' };
  assert.equal(judge(CPU, [], [lack]).reason, 'not asked for');
});

test('fewer watches than this machine can hold are not counted against the gateway', () => {
  const samples = [sample('watch', 'sallyport', { held: 9_900 })];
  const lack = { scenario: 'watch', reason: '9900 watches instead of 10000' };
  assert.equal(judge(HELD, samples, [lack]).verdict, 'not measured');
});

test('every target speaks of one thing only', () => {
  assert.equal(new Set(TARGETS.map(({ text }) => text)).size, TARGETS.length);
});
