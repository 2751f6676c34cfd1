import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SallyportError } from '../errors.ts';
import { ownsTarget, readTarget } from './requestTarget.ts';

const PREFIX = '/api/endpoints/12/kubernetes';

describe('a request target', () => {
  it('goes on byte for byte', () => {
    for (const rest of [
      '/api/v1/pods?limit=500&continue=a%2Bb',
      '/api/v1/namespaces/a/services/https:b:443/proxy//x//y%2Fz;v=1?q=..%2f..',
      '/api/v1/namespaces/a/pods/p/proxy/%E4%BD%A0/%252F',
      '/apis/metrics.k8s.io/v1beta1/...',
      '/.well-known/openid-configuration',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node..a',
      '/api/v1/x/..a/a../...',
      '/',
    ]) {
      assert.deepEqual(readTarget(PREFIX + rest), { environmentId: 12, prefix: PREFIX, rest });
    }
  });

  it('without a path is the root', () => {
    assert.equal(readTarget(PREFIX).rest, '/');
    assert.equal(readTarget(`${PREFIX}?a=b`).rest, '/?a=b');
  });

  it('is the proxy\u2019s by its raw prefix only', () => {
    for (const target of [
      PREFIX,
      `${PREFIX}/`,
      `${PREFIX}?a`,
      `${PREFIX}#a`,
      `https://a.b${PREFIX}/x`,
    ]) {
      assert.ok(ownsTarget(target), target);
    }
    for (const target of [
      '/',
      '*',
      '',
      '/api/endpoints',
      '/api/endpoints/12',
      '/api/endpoints/12/kubernetesx',
      '/api/endpoints/1/2/kubernetes',
      '/api/endpoints/12/Kubernetes',
      '/api/endpoints/12/%6bubernetes',
      '//api/endpoints/12/kubernetes',
      '/x/../api/endpoints/12/kubernetes',
      'https://a.b/x',
    ]) {
      assert.ok(!ownsTarget(target), target);
    }
  });

  describe('on a connection that was named for an environment', () => {
    it('is the proxy’s whatever it is, and all of it goes on', () => {
      for (const rest of [
        '/api/v1/pods?limit=5',
        '/',
        '/api/users',
        '/api/endpoints/12',
        '/healthz',
      ]) {
        assert.ok(ownsTarget(rest, 12));
        assert.deepEqual(readTarget(rest, 12), { environmentId: 12, prefix: '', rest });
      }
    });

    it('may name the same environment once more, and no other', () => {
      const rest = '/api/v1/pods';
      const target = { environmentId: 12, prefix: PREFIX, rest };
      assert.deepEqual(readTarget(PREFIX + rest, 12), target);
      assert.throws(
        () => readTarget(PREFIX + rest, 13),
        (error) => error instanceof SallyportError && error.code === 'request.misdirected',
      );
    });

    it('is read as strictly as any', () => {
      for (const target of [
        '',
        '*',
        'https://a.b/api/v1/pods',
        `https://a.b${PREFIX}/api/v1/pods`,
        '/api/v1/../users',
        '/api/v1/%2e%2e/users',
        '//evil.example/api',
        '/api\\v1',
        '/api/v1/%zz',
        '/api/v1/%00',
        '/api/v1#x',
        '/api/endpoints/012/kubernetes/api',
        '/api/endpoints/x/kubernetes/api',
        `/${'a'.repeat(33_000)}`,
      ]) {
        assert.throws(
          () => readTarget(target, 12),
          (error) => error instanceof SallyportError && error.code === 'request.target_invalid',
          target.slice(0, 60),
        );
      }
    });
  });

  it('is never accepted with a dot segment, however it is written', () => {
    const dot = fc.constantFrom('.', '%2e', '%2E', '%252e', '%25252E');
    const slash = fc.constantFrom('/', '%2f', '%2F', '%5c', '%252F');
    const ending = fc.constantFrom('', '/x', '%2fx', ';a=b', ';a/x', '%3Bx', '?a=b');
    fc.assert(
      fc.property(
        slash,
        fc.array(dot, { minLength: 1, maxLength: 2 }),
        ending,
        (before, dots, after) => {
          const target = `${PREFIX}/api/v1${before}${dots.join('')}${after}`;
          assert.throws(() => readTarget(target), SallyportError, target);
        },
      ),
    );
  });

  it('is refused or passed on unchanged, whatever it is, and never decodes to a way out', () => {
    const unit = fc.oneof(
      fc.constantFrom(
        '/',
        '.',
        '..',
        '%2e',
        '%2f',
        '%5c',
        '\\',
        '//',
        ';',
        '?',
        '#',
        '%',
        '%00',
        '%0a',
        ' ',
        'a',
        'api',
        'ä',
      ),
      fc.string({ maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
        const rest = `/${units.join('')}`;
        let read: ReturnType<typeof readTarget>;
        try {
          read = readTarget(PREFIX + rest);
        } catch (error) {
          assert.ok(error instanceof SallyportError);
          assert.equal(error.code, 'request.target_invalid');
          return;
        }
        assert.equal(read.rest, rest);
        const path = rest.split('?')[0] ?? '';
        // As WHATWG's URL reads it, it stays below the prefix.
        const { pathname } = new URL(`https://gateway${PREFIX}${path}`);
        assert.ok(pathname.startsWith(PREFIX), pathname);
        const decoded = decodeURIComponent(path.replace(/%(?=[89a-f])/gi, '%25'));
        assert.doesNotMatch(decoded, /(?:^|[/\\])\.\.?(?:[/\\;]|$)/);
        assert.ok([...decoded].every((character) => character >= ' ' && character !== '\x7f'));
      }),
      { numRuns: 3000 },
    );
  });

  it('has a plain decimal number for its environment', () => {
    for (const id of [
      '',
      '0',
      '01',
      '-1',
      '+1',
      '1.0',
      '1e3',
      '0x1',
      '%31',
      '1%',
      '١',
      '12345678901',
      'a',
      '..',
      ' 1',
    ]) {
      assert.throws(() => readTarget(`/api/endpoints/${id}/kubernetes/api`), SallyportError, id);
    }
  });
});
