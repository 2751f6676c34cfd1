import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scenario } from './bench.ts';
import type { Sample } from './figures.ts';
import { type Report, toMarkdown, toText } from './report.ts';

const SCENARIO: Scenario = {
  name: 'get-http1-50',
  title: 'Small GETs',
  about: 'One after the other.',
  figures: ['cpuPerRequest', 'p50'],
  compared: ['cpuPerRequest'],
  needs: [],
  contenders: [
    { name: 'go', title: 'Go' },
    { name: 'sallyport', title: 'Sallyport' },
  ],
  run: async () => {},
};

const sample = (contender: string, round: number, cpuPerRequest: number): Sample => ({
  scenario: SCENARIO.name,
  contender,
  round,
  figures: { cpuPerRequest },
});

const REPORT: Report = {
  scenarios: [SCENARIO],
  samples: [sample('go', 0, 100), sample('go', 1, 120), sample('sallyport', 0, 60)],
  lacks: [{ scenario: SCENARIO.name, contender: 'sallyport', reason: 'it ended.' }],
  facts: [['CPU', 'a | b']],
};

test('a cell shows the median and how far the values lie apart', () => {
  const page = toMarkdown(REPORT);
  assert.match(page, /^\| Go \| 110\.0 \(100\.0–120\.0\) \| – \|$/m);
  assert.match(page, /^\| Sallyport \| 60\.0 \| – \|$/m);
});

test('the ratios compare Sallyport with the others', () => {
  assert.match(
    toMarkdown(REPORT),
    /^\| Small GETs: CPU a request \| – \| – \| – \| 0\.60 \| – \| – \| – \|$/m,
  );
});

test('targets say whether they are met, and why they were not measured', () => {
  const page = toMarkdown(REPORT);
  assert.match(page, /ReverseProxy, HTTP\/1\.1, 50 connections \| ≤ 0\.7 \| 0\.60 \| met \|/);
  assert.match(page, /nginx, HTTP\/1\.1, 50 connections \| ≤ 2 \| – \| not measured: it ended\./);
  assert.match(page, /10,000, HTTP\/2 \| ≤ 40 KiB \| – \| not measured: not asked for/);
});

test('what is missing is named, on the page and in the terminal', () => {
  const missing = 'Not measured in full, Sallyport: it ended.';
  assert.ok(toMarkdown(REPORT).includes(`- ${missing}\n`));
  assert.ok(toText(REPORT).includes(missing));
});

test('a bar in a value does not end the cell', () => {
  assert.ok(toMarkdown(REPORT).includes('| CPU | a \\| b |'));
});
