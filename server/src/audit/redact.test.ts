import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { newToken, type TokenKind } from '../tokens.ts';
import { recordOfAct, recordOfRequest } from './record.ts';
import { clean, cleanUri } from './redact.ts';
import { anAct, aRequest } from './testing.ts';

const JWT =
  'eyJhbGciOiJSUzI1NiIsImtpZCI6IkEifQ.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2lnbmF0dXJlLW9m-IGl0';

const credential = fc.oneof(
  fc
    .constantFrom<TokenKind>('kubeconfig', 'api', 'session', 'setup')
    .map((kind) => newToken(kind).token),
  fc.constant(JWT),
  fc.base64String({ minLength: 24, maxLength: 40 }).map((secret) => `Bearer ${secret}`),
);

/** Some spellings in which a client may send the same text. */
const spelling = fc.constantFrom<(text: string) => string>(
  (text) => text,
  encodeURIComponent,
  (text) => [...text].map((c) => `%${c.charCodeAt(0).toString(16)}`).join(''),
);

const around = fc.string({ maxLength: 20 }).map((text) => text.replace(/[0-9A-Za-z_%.-]/g, ' '));

describe('what an event holds of a request', () => {
  test('is never a credential, wherever the client put it and however it wrote it', () => {
    fc.assert(
      fc.property(credential, spelling, around, around, (secret, spell, before, after) => {
        const text = `${before}${spell(secret)}${after}`;
        const kernel = secret.replace(/^Bearer /, '');
        const events = [
          recordOfRequest(
            aRequest({
              uri: `/api/v1/namespaces/${text}/pods?labelSelector=${text}&token=${text}&${text}`,
              userAgent: text,
              method: text,
              info: { namespace: text, name: text, resource: text, verb: text, subresource: text },
            }),
            undefined,
          ),
          recordOfAct(
            anAct({
              uri: text,
              userAgent: text,
              object: { resource: 'users', id: text, name: text },
              details: { name: text, list: [text], [text]: { inner: text } },
            }),
          ),
        ];
        for (const record of events) {
          const { event, words, indexText } = record;
          const json = JSON.stringify([record, event, words, indexText]);
          assert.ok(!json.includes(kernel), json);
          assert.ok(
            !decodeURIComponent(json.replace(/%(?![0-9a-f]{2})/gi, '%25')).includes(kernel),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  test('is text that every database takes and no terminal obeys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (text) => {
        const cleaned = clean(text);
        assert.ok(cleaned.isWellFormed());
        assert.doesNotMatch(cleaned, /\p{Cc}/u);
      }),
    );
  });

  test('is cut where it is longer than anybody needs', () => {
    assert.equal(clean('x'.repeat(9_999)).length, 513);
    assert.equal(cleanUri(`/${'x'.repeat(9_999)}`).length, 2_049);
  });
});

describe('a query', () => {
  test('keeps the options of the Kubernetes API', () => {
    const uri = '/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Da&resourceVersion=1';
    assert.equal(cleanUri(uri), uri);
  });

  test('keeps the names, but no values, of what a workload may understand', () => {
    assert.equal(
      cleanUri('/api/v1/namespaces/a/services/b/proxy/login?password=hunter2&hunter3'),
      '/api/v1/namespaces/a/services/b/proxy/login?password=[hidden]&[hidden]',
    );
  });

  test('keeps the program that is run in a pod, but not what it is told', () => {
    assert.equal(
      cleanUri('/api/v1/namespaces/a/pods/b/exec?command=mysql&command=-phunter2&stdin=true'),
      '/api/v1/namespaces/a/pods/b/exec?command=mysql&command=[hidden]&stdin=true',
    );
  });
});
