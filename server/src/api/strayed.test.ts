import assert from 'node:assert/strict';
import { it } from 'node:test';
import { newToken } from '../tokens.ts';
import { strayed } from './strayed.ts';

const { token } = newToken('kubeconfig');
const ask = (url: string, authorization = `Bearer ${token}`) =>
  strayed({ url, headers: { authorization } });

it('knows a request for a cluster that lost the path of its server by token and path', () => {
  for (const path of [
    ...['/api', '/api/v1', '/api/v1/namespaces/a/pods', '/apis', '/apis/apps/v1/deployments'],
    ...['/version', '/openapi/v2', '/openapi/v3/api/v1', '/healthz', '/livez/ping', '/readyz'],
  ]) {
    assert.equal(ask(path), path);
    assert.equal(ask(`${path}?timeout=32s`), path);
  }
});

it('leaves Sallyport’s own paths alone, whoever asks', () => {
  for (const path of ['/', '/api/users', '/api/v1x', '/api/auth/me', '/apisx', '/kubeconfigs']) {
    assert.equal(ask(path), undefined);
  }
});

it('takes nothing but a kubeconfig’s token for one', () => {
  for (const authorization of [
    '',
    'Bearer x',
    `Bearer ${token}x`,
    `Basic ${token}`,
    `Bearer ${newToken('api').token}`,
  ]) {
    assert.equal(ask('/api/v1', authorization), undefined);
  }
  assert.equal(strayed({ url: '/version', headers: {} }), undefined);
});
