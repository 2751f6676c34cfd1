import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '../errors.ts';
import { requestInfo } from './requestInfo.ts';
import { statusResponse } from './status.ts';

const refusal = (environment: string) => fail('proxy.no_access', { username: 'dana', environment });

function headersOf(path: string, error = refusal('production')): Map<string, string> {
  const { headers } = statusResponse(error, 'id', requestInfo('GET', path));
  const map = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) map.set(headers[i] ?? '', headers[i + 1] ?? '');
  return map;
}

describe('a refusal', () => {
  it('is a Status whose message says what happened and what to do', () => {
    const { body } = statusResponse(refusal('production'), 'id');
    const { kind, code, reason, message } = JSON.parse(body.toString());
    assert.deepEqual([kind, code, reason], ['Status', 403, 'Forbidden']);
    assert.equal(
      message,
      'Sallyport: No grant lets dana enter environment production. Ask an admin for a grant.',
    );
  });

  it('is a warning too where client-go reads no Status', () => {
    for (const path of ['/api', '/apis', '/version', '/openapi/v3']) {
      assert.match(headersOf(path).get('warning') ?? '', /^299 - "Sallyport: No grant lets dana/);
    }
  });

  it('is not said twice where client-go reads the Status', () => {
    assert.equal(headersOf('/api/v1/namespaces/shop/pods').get('warning'), undefined);
  });

  it('keeps a warning inside its quotes and inside the header', () => {
    const named = headersOf('/api', refusal('a"b\\c 生产\r\nx: y')).get('warning') ?? '';
    assert.match(named, /environment a\\"b\\\\c \?\?\?\?x: y\. Ask/);
    assert.doesNotMatch(named, /[^\x20-\x7e]/);
  });

  it('names where the client came from once the gate has said so', () => {
    const error = fail('proxy.kubeconfig_revoked', { time: 'noon' }).withUrl('https://gate:9443');
    assert.equal(error.remedy, 'Download a new one from https://gate:9443.');
    assert.equal(error.withUrl('https://other'), error);
  });
});
