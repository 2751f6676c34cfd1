import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@sallyport/contract';
import { fieldError, troubleOf } from './problems.ts';

const problem = {
  type: 'about:blank',
  title: 'Name taken',
  status: 409,
  code: 'user.exists',
  detail: 'There is a user named dana already.',
  errors: [{ path: 'body.username', message: 'is taken' }],
};

test('shows a problem of the server in its own words', () => {
  assert.equal(troubleOf(new ApiError(problem)), problem);
});

test('says that nothing answered where fetch failed', () => {
  const { code, remedy } = troubleOf(new TypeError('Failed to fetch'));
  assert.equal(code, 'page.no_answer');
  assert.ok(remedy);
});

test('says that the answer was not understood in any other case', () => {
  assert.equal(troubleOf(new Error('zod')).code, 'page.unexpected');
  assert.equal(troubleOf('thrown text').code, 'page.unexpected');
});

test('finds the error of a field however its path is written', () => {
  for (const path of ['username', 'body.username', '/body/username', 'username.0']) {
    const error = new ApiError({ ...problem, errors: [{ path, message: 'is taken' }] });
    assert.equal(fieldError(error, 'username'), 'is taken', path);
    assert.equal(fieldError(error, 'password'), undefined);
  }
});
