import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTroubleLog } from './troubleLog.ts';

describe('the log of what is wrong with environments', () => {
  it('has the first failure at once, and those that follow as a number', () => {
    let time = 0;
    const lines: unknown[] = [];
    const log = (fields: object) => lines.push(fields);
    const tell = createTroubleLog({ error: log, warn: log }, () => time);
    const down = { code: 'proxy.upstream_unreachable', why: 'the connection was refused' };
    const other = { code: 'proxy.upstream_tls', why: 'its certificate has expired' };

    for (const requestId of ['a', 'b', 'c']) tell({ environment: 'old', requestId, ...down });
    tell({ environment: 'old', requestId: 'd', ...other });
    tell({ environment: 'new', requestId: 'e', ...down });
    time = 10_000;
    tell({ environment: 'old', requestId: 'f', ...down });
    assert.deepEqual(lines, [
      { environment: 'old', requestId: 'a', ...down, requests: 1 },
      { environment: 'old', requestId: 'd', ...other, requests: 1 },
      { environment: 'new', requestId: 'e', ...down, requests: 1 },
      { environment: 'old', requestId: 'f', ...down, requests: 3 },
    ]);
  });
});
