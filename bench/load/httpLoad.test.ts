import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readH2load, readWrk } from './httpLoad.ts';

const H2LOAD = `progress: 100% of clients started
Application protocol: h2
finished in 1.00s, 3.00 req/s, 17.28MB/s
requests: 3 total, 4 started, 3 done, 3 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 3 2xx, 0 3xx, 0 4xx, 0 5xx
`;
const LOG =
  '1795360523202872\t200\t1000\n1795360523204618\t200\t3000\n1795360523204636\t200\t2000\n';

describe('wrk', () => {
  test('gives milliseconds', () => {
    const output = 'Running 1s test\n{"requests":10,"p50":250,"p99":1500,"failed":0}\n';
    assert.deepEqual(readWrk(output), { p50: 0.25, p99: 1.5 });
  });

  test('gives nothing where no request came to its end', () => {
    assert.deepEqual(readWrk('{"requests":0,"p50":0,"p99":0,"failed":0}'), {});
  });

  test('is not believed where requests failed, or where it says nothing', () => {
    assert.throws(() => readWrk('{"requests":10,"p50":1,"p99":1,"failed":10}'), /10 of 10/);
    assert.throws(() => readWrk('unable to connect'), /no result/);
  });
});

describe('h2load', () => {
  test('gives milliseconds from its log', () => {
    assert.deepEqual(readH2load(H2LOAD, LOG), { p50: 2, p99: 2.98 });
  });

  test('gives nothing where no request came to its end', () => {
    assert.deepEqual(readH2load(H2LOAD, ''), {});
  });

  test('is not believed over another protocol, with refused requests, or without a result', () => {
    assert.throws(() => readH2load(H2LOAD.replace(': h2', ': http/1.1'), LOG), /not agreed/);
    assert.throws(() => readH2load(H2LOAD.replace('0 4xx', '7 4xx'), LOG), /7 requests/);
    assert.throws(() => readH2load('Application protocol: h2\n', LOG), /no result/);
  });
});
