import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noChannel } from '../channel.ts';
import { describeOnStores } from '../store/testing.ts';
import { exposition } from './exposition.ts';
import { createMetrics } from './metrics.ts';
import { type CountedRequest, createRequestCounts } from './requests.ts';
import { readExposition } from './testing.ts';

test('any label and any number is read back as it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.double(), fc.string(), (label, value, help) => {
      const text = exposition([
        { name: 'a_total', help, type: 'counter', samples: [{ labels: { label }, value }] },
      ]);
      const [sample] = readExposition(text.replace(/^# HELP .*\n/, '# HELP a_total x\n'));
      assert.equal(sample?.labels.label, label);
      assert.ok(Object.is(sample?.value, value) || sample?.value === value);
    }),
  );
});

test('what several processes tell of one name is one family', () => {
  const of = (worker: string) => ({
    ...{ name: 'a', help: 'A.', type: 'gauge' as const },
    samples: [{ labels: { worker }, value: 1 }],
  });
  const text = exposition([of('1'), { ...of('x'), name: 'b' }, of('2')]);
  assert.equal(readExposition(text).length, 3);
  assert.throws(() => exposition([of('1'), { ...of('2'), type: 'counter' }]), /two types/);
  assert.throws(() => exposition([{ ...of('1'), name: 'a b' }]), /no name/);
});

const request = (over: Partial<CountedRequest> = {}): CountedRequest => ({
  ...{ stage: 'ResponseComplete', receivedAt: 0, at: 30, environmentId: 1, identity: {} },
  ...{ info: { verb: 'get', subresource: '' }, status: 200, code: null },
  ...over,
});

test('requests are counted by environment, class of verb and status, refusals by their code', () => {
  const counts = createRequestCounts();
  counts.count(request());
  counts.count(request({ info: { verb: 'list', subresource: '' }, at: 70_000 }));
  counts.count(request({ info: { verb: 'create', subresource: '' }, status: 201 }));
  counts.count(request({ info: { verb: 'create', subresource: 'exec' }, status: 101 }));
  counts.count(request({ info: { verb: 'constructor', subresource: '' } }));
  counts.count(request({ stage: 'ResponseStarted' }));
  // Whatever number a stranger writes there, it is no label.
  counts.count(request({ environmentId: 666, identity: null, status: 401, code: 'x.y' }));
  const text = exposition(counts.families((id) => (id === 1 ? 'one' : undefined), {}));
  const samples = readExposition(text);
  const found = samples
    .filter(({ name }) => name === 'sallyport_requests_total')
    .map(({ labels, value }) => [labels.environment, labels.verb, labels.status, value]);
  assert.deepEqual(found.sort(), [
    ['', 'read', '401', 1],
    ['one', 'connect', '101', 1],
    ['one', 'other', '200', 1],
    ['one', 'read', '200', 2],
    ['one', 'write', '201', 1],
  ]);
  const reads = samples.filter(({ labels, name }) => labels.verb === 'read' && /bucket/.test(name));
  assert.equal(reads.find(({ labels }) => labels.le === '0.025')?.value, 0);
  assert.equal(reads.find(({ labels }) => labels.le === '0.05')?.value, 1);
  assert.equal(reads.find(({ labels }) => labels.le === '60')?.value, 1);
  assert.equal(reads.find(({ labels }) => labels.le === '+Inf')?.value, 2);
  assert.ok(
    samples.some(({ name, labels }) => name.endsWith('refused_total') && labels.code === 'x.y'),
  );
});

test('the number of labels has an end, however many environments there are', () => {
  const counts = createRequestCounts();
  for (let id = 1; id <= 5_000; id += 1) counts.count(request({ environmentId: id }));
  const [family] = counts.families(String, {});
  assert.ok((family?.samples.length ?? 0) <= 2_002);
  const total = family?.samples.reduce((sum, { value }) => sum + value, 0);
  assert.equal(total, 5_000);
});

describeOnStores('metrics', (open) => {
  test('tell how many environments and active kubeconfigs there are', async () => {
    const store = await open();
    const metrics = createMetrics({
      ...{ store, openChannel: noChannel, others: 0, version: '1.2.3' },
      environmentName: () => undefined,
    });
    metrics.signIn('ok');
    metrics.signIn('auth.failed');
    metrics.signIn('auth.failed');
    const samples = readExposition(await metrics.text());
    metrics.stop();
    const figure = (name: string, labels: object = {}) =>
      samples.find(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
      )?.value;
    assert.equal(figure('sallyport_info', { version: '1.2.3' }), 1);
    assert.equal(figure('sallyport_environments', { state: 'up' }), 0);
    assert.equal(figure('sallyport_kubeconfigs_active'), 0);
    assert.equal(figure('sallyport_sign_ins_total', { result: 'auth.failed' }), 2);
    assert.ok((figure('process_resident_memory_bytes') ?? 0) > 1e7);
  });
});
