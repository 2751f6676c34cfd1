import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { Agent } from 'node:https';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { fail } from '../errors.ts';
import { ask, dial, type House, PREFIX, reply, startHouse, TOKEN, until } from './testing.ts';
import { allowsJson, jsonReview, PROTOBUF, protobufReview } from './testReviews.ts';

const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const LIST = { verb: 'list', resource: 'namespaces' };
const NO = { allowed: false, reason: 'RBAC: no' };
const REASON = 'Sallyport lists the namespaces of your grants';
const REFUSED = jsonReview(LIST, NO).toString();
const ALLOWED = jsonReview(LIST, { allowed: true, reason: REASON }).toString();

/** An answer in latin1, with as many bytes as it has characters. */
function created(body: string, headers = 'Content-Type: application/json\r\n'): string {
  return `HTTP/1.1 201 Created\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`;
}

describe('whether namespaces may be listed, asked by somebody with grants in some', () => {
  let house: House;
  let shown: () => boolean | Promise<boolean>;
  let answer: string;
  beforeEach(async () => {
    shown = () => true;
    answer = created(REFUSED);
    house = await startHouse({ showsNamespaces: () => shown() });
    house.passage = { ...house.passage, namespaces: ['pay', 'shop'] };
    house.upstream.respond = (_, socket) => socket.write(answer, 'latin1');
  });
  afterEach(() => house.close());

  const review = (path = REVIEWS, headers: Record<string, string> = {}) =>
    ask(house, path, {
      method: 'POST',
      body: '{"spec":{}}',
      headers: { 'content-type': 'application/json', ...headers },
    });

  it('is answered with yes, and a reason, once the cluster has said no', async () => {
    const { status, headers, body } = await review();
    assert.equal(status, 201);
    assert.equal(body, ALLOWED);
    assert.equal(headers['content-length'], String(ALLOWED.length));
    assert.equal(headers['content-type'], 'application/json');
    const [request] = house.upstream.requests;
    assert.equal(request?.body, '{"spec":{}}');
    assert.deepEqual(request?.headers.get('impersonate-user'), ['sallyport:ada']);
    assert.equal(house.upstream.requests.length, 1);
    assert.deepEqual(
      house.events.map((event) => [
        event.stage,
        event.status,
        event.info?.verb,
        event.info?.resource,
        event.identity?.user,
      ]),
      [['ResponseComplete', 201, 'create', 'selfsubjectaccessreviews', 'sallyport:ada']],
    );
  });

  it('is answered so however the question and the answer are sent', async () => {
    for (const [type, no, yes] of [
      ['application/json; charset=utf-8', REFUSED, ALLOWED],
      [
        PROTOBUF,
        protobufReview(LIST, NO).toString('latin1'),
        protobufReview(LIST, { allowed: true, reason: REASON }).toString('latin1'),
      ],
    ] as const) {
      const head = `Content-Type: ${type}\r\n`;
      const half = Math.floor(no.length / 2);
      const pieces = [no.slice(0, half), no.slice(half)];
      const chunks = pieces.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
      for (const sent of [
        created(no, head),
        `HTTP/1.1 201 Created\r\n${head}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
      ]) {
        answer = sent;
        const said = await review(REVIEWS, { 'transfer-encoding': 'chunked' });
        assert.equal(said.body, Buffer.from(yes, 'latin1').toString());
        assert.equal(said.headers['content-length'], String(yes.length));
        assert.equal(said.headers['transfer-encoding'], undefined);
      }
    }
  });

  it('is answered so over HTTP/2', async () => {
    const socket = await dial(house, 'h2');
    const client = connect('https://front.test', { createConnection: () => socket });
    const stream = client.request({
      ':method': 'POST',
      ':path': `${PREFIX}${REVIEWS}`,
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
    });
    stream.end('{"spec":{}}');
    const [headers] = await once(stream, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.equal(headers[':status'], 201);
    assert.equal(Buffer.concat(chunks).toString(), ALLOWED);
    client.close();
  });

  for (const [why, says] of [
    ['Sallyport would not show them', () => false],
    ['nobody knows whether Sallyport would show them', () => Promise.reject(new Error('down'))],
  ] as const) {
    it(`stays the cluster\u2019s no where ${why}`, async () => {
      shown = says;
      assert.equal((await review()).body, REFUSED);
    });
  }

  it('stays the cluster\u2019s no for those whose grants are for the whole cluster', async () => {
    house.passage = { ...house.passage, namespaces: null };
    assert.equal((await review()).body, REFUSED);
  });

  it('stays the cluster\u2019s no for a namespace that is not theirs', async () => {
    for (const [namespace, expected] of [
      ['kube-system', false],
      ['shop', true],
      ['default', true],
    ] as const) {
      answer = created(jsonReview({ ...LIST, namespace }, NO).toString());
      assert.equal(allowsJson((await review()).body), expected, namespace);
    }
  });

  it('stays the cluster\u2019s no in whatever else is asked, and at other paths', async () => {
    for (const attributes of [
      { verb: 'list', resource: 'secrets' },
      { verb: 'delete', resource: 'namespaces' },
      { ...LIST, name: 'pay' },
    ]) {
      answer = created(jsonReview(attributes, NO).toString());
      assert.ok(!allowsJson((await review()).body));
    }
    answer = created(REFUSED);
    for (const path of [
      '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      '/api/v1/namespaces/pay/services/web/proxy/',
    ]) {
      assert.equal((await review(path)).body, REFUSED);
    }
  });

  it('comes as it is where the answer is no plain review', async () => {
    const long = jsonReview(LIST, { ...NO, evaluationError: 'x'.repeat(64 * 1024) }).toString();
    const json = 'Content-Type: application/json\r\n';
    const chunk = `${long.length.toString(16)}\r\n${long}\r\n`;
    for (const sent of [
      created(REFUSED, 'Content-Encoding: gzip\r\nContent-Type: application/json\r\n'),
      created(REFUSED, ''),
      created(REFUSED, `${json}${json}`),
      created(REFUSED, 'Content-Type: text/plain\r\n'),
      created(long),
      `HTTP/1.1 201 Created\r\n${json}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`,
      reply(REFUSED),
      reply(REFUSED, '403 Forbidden'),
      `HTTP/1.1 201 Created\r\n${json}Content-Length: 0\r\n\r\n`,
    ]) {
      answer = sent;
      const { body } = await review();
      assert.ok([REFUSED, long, ''].includes(body), body.slice(0, 200));
    }
  });

  it('comes byte for byte where it is anything else, in whatever pieces', async () => {
    const agent = new Agent({ keepAlive: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary-ascii', minLength: 1 }), { maxLength: 5 }),
        async (pieces) => {
          const body = pieces.join('');
          house.upstream.respond = (_, socket) => {
            const type = 'Content-Type: application/json';
            socket.write(
              `HTTP/1.1 201 Created\r\n${type}\r\nContent-Length: ${body.length}\r\n\r\n`,
            );
            for (const piece of pieces) socket.write(piece);
          };
          const got = await ask(house, REVIEWS, { method: 'POST', body: '{}', agent });
          assert.equal(got.body, body);
        },
      ),
      { numRuns: 50 },
    );
    agent.destroy();
  });

  it('ends with the kubeconfig while it is not known whether they would be shown', async () => {
    const asked = Promise.withResolvers<boolean>();
    let waits = false;
    shown = () => {
      waits = true;
      return asked.promise;
    };
    const said = review();
    await until(() => waits, 'the no');
    house.refusal = fail('proxy.kubeconfig_revoked');
    await house.proxy.recheck();
    asked.resolve(true);
    assert.equal((await said).status, 401);
    assert.deepEqual(
      house.events.map(({ status }) => status),
      [401],
    );
  });

  it('disturbs nobody when its client goes while that is not known', async () => {
    const asked = Promise.withResolvers<boolean>();
    let waits = false;
    shown = () => {
      waits = true;
      return asked.promise;
    };
    const agent = new Agent({ keepAlive: true });
    const gone = ask(house, REVIEWS, { method: 'POST', body: '{}', agent });
    await until(() => waits, 'the no');
    const other: { socket?: TLSSocket } = {};
    house.upstream.respond = (_, socket) => {
      other.socket = socket;
    };
    const next = ask(house, '/api/v1/pods');
    await until(() => other.socket !== undefined, 'the other request');
    assert.equal(house.upstream.connections(), 1);
    agent.destroy();
    await assert.rejects(gone);
    await until(() => house.events.length === 1, 'the end of the first');
    asked.resolve(true);
    other.socket?.write(reply('{"kind":"PodList"}'));
    assert.equal((await next).body, '{"kind":"PodList"}');
  });

  it('is an error where the cluster\u2019s answer ends too early', async () => {
    house.upstream.respond = (_, socket) => socket.end(created(REFUSED).slice(0, -20));
    assert.equal((await review()).status, 502);
  });
});
