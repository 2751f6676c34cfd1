import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SallyportError } from '../errors.ts';
import { eventually } from '../store/testing.ts';
import type { AuditRecord } from './record.ts';
import { anAct, aRequest, silent } from './testing.ts';
import { createWriter, type WriterDependencies } from './writer.ts';

/** A writer over a database that can be stopped. */
function start(over: Partial<WriterDependencies> = {}) {
  const written: AuditRecord[] = [];
  const batches: number[] = [];
  let works = true;
  const writer = createWriter({
    async append(records) {
      if (!works) throw new Error('the disk is full');
      batches.push(records.length);
      written.push(...records);
    },
    copy() {},
    environmentName: () => 'production',
    overflow: () => 'wait',
    logger: silent,
    ...over,
    limits: { windowMs: 5, patienceMs: 60_000, ...over.limits },
  });
  return {
    writer,
    written,
    batches,
    works: (value: boolean) => {
      works = value;
    },
  };
}

const unavailable = (error: unknown) =>
  error instanceof SallyportError && error.code === 'audit.unavailable' && error.status === 503;
/** What a stranger's refused request is. */
const stranger = { caller: null, identity: null, status: 401, code: 'proxy.credential_unknown' };

describe('the writer of the audit log', () => {
  test('gathers requests for a while and writes them together', async () => {
    const { writer, written, batches } = start();
    for (let n = 0; n < 50; n += 1) writer.request(aRequest());
    assert.equal(written.length, 0);
    await eventually(() => written.length === 50);
    assert.deepEqual(batches, [50]);
    await writer.close();
  });

  test('lets the next batch fill while one is being written, and after that', async () => {
    const batches: number[] = [];
    let release = () => {};
    const { writer } = start({
      async append(records) {
        batches.push(records.length);
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      },
      limits: { windowMs: 60_000, batch: 3 },
    });
    const turns = () => new Promise((resolve) => setTimeout(resolve, 10));
    for (let n = 0; n < 3; n += 1) writer.request(aRequest());
    await eventually(() => batches.length === 1);
    writer.request(aRequest());
    writer.request(aRequest());
    release();
    await turns();
    assert.deepEqual(batches, [3]);
    writer.request(aRequest());
    await eventually(() => batches.length === 2);
    assert.deepEqual(batches, [3, 3]);
    release();
    await writer.close();
  });

  test('says that an act is written once it is', async () => {
    const { writer, written } = start({ limits: { windowMs: 60_000 } });
    writer.request(aRequest());
    await writer.act(anAct());
    assert.equal(written.length, 2, 'what waits goes along');
    await writer.close();
  });

  test('writes acts of one moment together', async () => {
    const { writer, batches } = start();
    await Promise.all(Array.from({ length: 30 }, () => writer.act(anAct())));
    assert.ok(batches.length <= 3, String(batches));
    await writer.close();
  });

  test('does not acknowledge an act that cannot be written, and writes it when it can', async () => {
    const { writer, written, works } = start({ limits: { patienceMs: 50 } });
    works(false);
    await assert.rejects(writer.act(anAct()), unavailable);
    works(true);
    await eventually(() => written.length === 1);
    await writer.close();
  });

  test('lets requests wait while it is full, and loses none', async () => {
    const { writer, written, works } = start({ limits: { capacity: 10 } });
    works(false);
    for (let n = 0; n < 10; n += 1) writer.request(aRequest());
    const room = writer.room();
    assert.ok(room, 'a request has to wait');
    // Those under way come to their end all the same.
    for (let n = 0; n < 10; n += 1) writer.request(aRequest());
    works(true);
    await room;
    assert.equal(writer.room(), undefined);
    await writer.close();
    assert.equal(written.length, 20);
  });

  test('refuses requests that have waited long enough', async () => {
    const { writer, works } = start({ limits: { capacity: 1, patienceMs: 50 } });
    works(false);
    writer.request(aRequest());
    await assert.rejects(writer.room() ?? Promise.resolve(), unavailable);
    await writer.close();
  });

  test('drops and counts while it is full, where the setting says so', async () => {
    const { writer, written, works } = start({
      overflow: () => 'drop',
      limits: { capacity: 10 },
    });
    works(false);
    for (let n = 0; n < 15; n += 1) writer.request(aRequest());
    assert.equal(writer.room(), undefined, 'nobody waits');
    works(true);
    await eventually(() => written.length === 11);
    const gap = JSON.parse(written.at(-1)?.event ?? '');
    assert.equal(gap.verb, 'drop');
    assert.deepEqual(JSON.parse(gap.annotations['sallyport/details']), {
      overflowed: 5,
      refused: 0,
      unwritable: 0,
    });
    await writer.close();
  });

  test('keeps so many of strangers and no more, so that nobody washes out the log', async () => {
    const { writer, written } = start({ now: () => 1_000_000, limits: { strangersPerSecond: 2 } });
    const { caller } = aRequest({});
    const past = { ...stranger, caller, code: 'proxy.kubeconfig_revoked' };
    for (let n = 0; n < 500; n += 1) writer.request(aRequest(stranger));
    for (let n = 0; n < 500; n += 1) writer.request(aRequest(past));
    for (let n = 0; n < 1_000; n += 1) {
      await writer.act(anAct({ person: null, code: 'auth.failed', status: 401 }));
    }
    writer.request(aRequest());
    await writer.close();
    const kinds = written.map(({ event }) => JSON.parse(event).annotations['sallyport/code']);
    assert.deepEqual(kinds.filter((code) => code === 'proxy.credential_unknown').length, 20);
    assert.deepEqual(kinds.filter((code) => code === past.code).length, 0);
    assert.deepEqual(kinds.filter((code) => code === 'auth.failed').length, 0);
    assert.equal(kinds.filter((code) => code === undefined).length, 1, 'those known are all kept');
  });

  test('loses one event that the database cannot take, and not its neighbours', async () => {
    const written: AuditRecord[] = [];
    const { writer } = start({
      async append(records) {
        if (records.some(({ verb }) => verb === 'poison')) {
          throw Object.assign(new Error('cannot be converted to text'), { code: '22P05' });
        }
        written.push(...records);
      },
    });
    for (let n = 0; n < 9; n += 1) writer.request(aRequest());
    writer.request(aRequest({ info: { verb: 'poison' } }));
    await eventually(() => written.filter(({ common }) => common.kind === 'proxy').length === 9);
    await writer.close();
  });

  test('writes what waits before it ends', async () => {
    const { writer, written } = start({ limits: { windowMs: 60_000 } });
    writer.request(aRequest());
    await writer.close();
    assert.equal(written.length, 1);
  });
});
