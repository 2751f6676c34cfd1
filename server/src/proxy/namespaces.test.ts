import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { fail } from '../errors.ts';
import { ask, type House, reply, type SeenRequest, startHouse, until } from './testing.ts';

const LIST = '/api/v1/namespaces';
const OWN = `${LIST}?labelSelector=kubernetes.io%2Fmetadata.name%20in%20(pay%2Cshop)`;
const FORBIDDEN = reply('{"kind":"Status","code":403}', '403 Forbidden', 'Audit-Id: a\r\n');

const own = ({ headers }: SeenRequest) => !headers.has('impersonate-user');

describe('the namespaces of somebody with grants in some', () => {
  let house: House;
  let labelled: () => boolean | Promise<boolean>;
  beforeEach(async () => {
    labelled = () => true;
    house = await startHouse({ labelsNamespaces: () => labelled() });
    house.passage = { ...house.passage, namespaces: ['pay', 'shop'] };
    house.upstream.respond = (request, socket) =>
      socket.write(own(request) ? reply('{"items":["theirs"]}') : FORBIDDEN);
  });
  afterEach(() => house.close());

  it('are asked for in Sallyport\u2019s own name once the cluster has refused to show all', async () => {
    const answer = await ask(house, `${LIST}?limit=500`, { headers: { accept: 'a/b' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.body, '{"items":["theirs"]}');
    const [first, second] = house.upstream.requests;
    assert.equal(first?.target, `${LIST}?limit=500`);
    assert.deepEqual(first?.headers.get('impersonate-user'), ['sallyport:ada']);
    assert.equal(second?.target, OWN.replace('?', '?limit=500&'));
    assert.deepEqual(second?.headers.get('authorization'), ['Bearer cluster-credential']);
    assert.deepEqual(second?.headers.get('accept'), ['a/b']);
    assert.deepEqual(second?.headers.get('audit-id'), first?.headers.get('audit-id'));
    assert.deepEqual([...(second?.headers.keys() ?? [])].sort(), [
      'accept',
      'audit-id',
      'authorization',
      'host',
      'x-forwarded-for',
    ]);
    assert.deepEqual(
      house.events.map(({ stage, status, identity, uri }) => [stage, status, identity?.user, uri]),
      [['ResponseComplete', 200, 'sallyport:ada', `${LIST}?limit=500`]],
    );
  });

  it('are what the cluster shows where it shows them all', async () => {
    house.upstream.respond = (_, socket) => socket.write(reply('{"items":["all"]}'));
    assert.equal((await ask(house, LIST)).body, '{"items":["all"]}');
    assert.equal(house.upstream.requests.length, 1);
  });

  it('stay refused in the cluster\u2019s words where Sallyport may not ask either', async () => {
    house.upstream.respond = (request, socket) =>
      socket.write(own(request) ? reply('not this', '403 Forbidden') : FORBIDDEN);
    const answer = await ask(house, LIST);
    assert.equal(answer.status, 403);
    assert.equal(answer.body, '{"kind":"Status","code":403}');
    assert.equal(answer.headers['audit-id'], 'a');
    assert.equal(house.upstream.requests.length, 2);
  });

  for (const [why, answer] of [
    ['has no such labels', () => false],
    ['does not say whether it has', () => Promise.reject(new Error('down'))],
  ] as const) {
    it(`stay refused where the cluster ${why}`, async () => {
      labelled = answer;
      assert.equal((await ask(house, LIST)).status, 403);
      assert.ok(!house.upstream.requests.some(own));
    });
  }

  it('are nobody\u2019s whose grants are for the whole cluster only', async () => {
    house.passage = { ...house.passage, namespaces: null };
    assert.equal((await ask(house, LIST)).status, 403);
    assert.equal(house.upstream.requests.length, 1);
  });

  it('are all that is ever asked for in Sallyport\u2019s own name', async () => {
    for (const [method, path] of [
      ['GET', '/api/v1/namespaces/kube-system'],
      ['GET', '/api/v1/namespaces/kube-system/secrets'],
      ['GET', '/api/v1/secrets'],
      ['POST', LIST],
      ['DELETE', LIST],
      ['HEAD', LIST],
      ['GET', `${LIST}/pay/../`],
      ['GET', `${LIST}//`],
      ['GET', '/api/v1/watch/namespaces'],
      ['GET', '/apis/apps/v1/namespaces'],
    ] as const) {
      const { status } = await ask(house, path, { method });
      assert.ok(status === 403 || status === 400, `${method} ${path}: ${status}`);
    }
    assert.ok(!house.upstream.requests.some(own));
  });

  it('are not asked for by a client that has gone, and its going disturbs nobody', async () => {
    const asked = Promise.withResolvers<boolean>();
    labelled = () => asked.promise;
    const agent = new Agent({ keepAlive: true });
    const gone = ask(house, LIST, { agent });
    await until(() => house.upstream.requests.length === 1, 'the refusal');
    // The connection to the API server is somebody else's meanwhile.
    const other: { socket?: TLSSocket } = {};
    house.upstream.respond = (_, socket) => {
      other.socket = socket;
    };
    const answer = ask(house, '/api/v1/pods');
    await until(() => other.socket !== undefined, 'the other request');
    assert.equal(house.upstream.connections(), 1);
    agent.destroy();
    await assert.rejects(gone);
    await until(() => house.events.length === 1, 'the end of the first');
    asked.resolve(true);
    other.socket?.write(reply('{"kind":"PodList"}'));
    assert.equal((await answer).body, '{"kind":"PodList"}');
    assert.ok(!house.upstream.requests.some(own));
  });

  for (const [what, change, status] of [
    ['the kubeconfig is revoked', () => (house.refusal = fail('proxy.kubeconfig_revoked')), 401],
    ['a namespace is lost', () => (house.passage = { ...house.passage, namespaces: ['pay'] }), 410],
  ] as const) {
    it(`are not asked for where ${what} between the cluster\u2019s refusal and that`, async () => {
      const asked = Promise.withResolvers<boolean>();
      let waits = false;
      labelled = () => {
        waits = true;
        return asked.promise;
      };
      const answer = ask(house, LIST);
      await until(() => waits, 'the refusal');
      change();
      await house.proxy.recheck();
      asked.resolve(true);
      assert.equal((await answer).status, status);
      assert.ok(!house.upstream.requests.some(own));
    });
  }

  describe('as a watch', () => {
    const WATCH = `${LIST}?watch=1`;
    const HEAD =
      'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

    /** Opens one; resolves once it has begun, with what promises its whole answer. */
    async function open(showsAll: boolean) {
      house.upstream.respond = (request, socket) =>
        socket.write(own(request) || showsAll ? HEAD : FORBIDDEN);
      const answer = ask(house, WATCH);
      await until(() => house.events.length === 1, 'its beginning');
      assert.equal(house.proxy.streams().length, 1);
      return { answer };
    }
    const namespaces = (...names: string[]) => {
      house.passage = { ...house.passage, namespaces: names };
      return house.proxy.recheck();
    };

    for (const [what, names] of [
      ['gained', ['pay', 'shop', 'stock']],
      ['lost', ['pay']],
    ] as const) {
      it(`end so that a client lists anew when a namespace is ${what}`, async () => {
        const watch = await open(false);
        await namespaces('pay', 'shop');
        assert.equal(house.proxy.streams().length, 1);
        await namespaces(...names);
        const { object, type } = JSON.parse((await watch.answer).body);
        assert.equal(type, 'ERROR');
        assert.deepEqual([object.code, object.reason], [410, 'Expired']);
        assert.match(object.message, /namespaces that you may see in environment north/);
      });
    }

    it('go on where the cluster shows all of them', async () => {
      const watch = await open(true);
      await namespaces('pay');
      assert.equal(house.proxy.streams().length, 1);
      await house.proxy.close(0);
      await watch.answer;
    });
  });
});
