import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BUCKET, newPlace } from '../artifacts/blob-stores.js';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { TestWorker } from './test-worker.js';

const DAY_MS = 24 * 3_600_000;
let server: TestServer;
let worker: TestWorker;

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const put = (content: Uint8Array, query = '', headers: Record<string, string> = {}) =>
  fetch(`${server.url}/artifacts/${hashOf(content)}${query}`, {
    ...{ method: 'PUT', headers, body: content as unknown as BodyInit },
  });
const get = (content: Uint8Array, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/artifacts/${hashOf(content)}`, { headers });
const statusOf = async (content: Uint8Array) => (await get(content)).status;

/** A server whose contents lie in a folder, or in the bucket of `npm run test:s3`. */
function startWith(environment: Record<string, string> = {}): Promise<TestServer> {
  const { dataFolder, ...artifacts } = newPlace(environment);
  return startTestServer({ dataFolder, artifacts });
}

/** An ended run that left these files. */
async function runWith(
  files: Record<string, Uint8Array>,
  options: { project?: string } = {},
): Promise<string> {
  const claim = await worker.open(options);
  for (const content of Object.values(files)) await put(content);
  const artifacts = Object.entries(files).map(([name, content]) => ({
    ...{ name, sha256: hashOf(content), bytes: content.length },
  }));
  await worker.finish(claim, 'finished', { artifacts });
  return claim.run!.id;
}

const GC = `mutation ($input: GarbageInput!) { collectGarbage(input: $input) {
  runIds names freed { files bytes } trashed { files bytes } leftoverBytes more } }`;
async function gc(trashDays = 7, dryRun = false) {
  return (await server.query(GC, { input: { dryRun, trashDays } })).collectGarbage;
}
const deleteRuns = (...ids: string[]) =>
  server.query('mutation ($ids: [ID!]!) { deleteRuns(ids: $ids) { id deletedAt } }', { ids });
const none = { files: 0, bytes: 0 };

describe('downloads', () => {
  const content = randomBytes(1000);
  beforeAll(async () => {
    server = await startWith();
    await put(content);
  });
  afterAll(() => server.close());

  test.each([
    ['bytes=0-0', 206, 0, 1],
    ['bytes=10-19', 206, 10, 20],
    ['bytes=990-', 206, 990, 1000],
    ['bytes=990-5000', 206, 990, 1000],
    ['bytes=-10', 206, 990, 1000],
    ['bytes=0-1,5-6', 200, 0, 1000],
    ['bytes=7-3', 200, 0, 1000],
    ['lines=1-2', 200, 0, 1000],
  ])('of the range %s', async (range, status, from, to) => {
    const answer = await get(content, { range });
    expect(answer.status).toBe(status);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(content.subarray(from, to));
    if (status === 206) expect(answer.headers.get('content-range')).toBe(`bytes ${from}-${to - 1}/1000`);
  });

  test.each(['bytes=1000-', 'bytes=-0'])('of %s, which is not there', async (range) => {
    const answer = await get(content, { range });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([416, 'bytes */1000']);
  });

  test('of what is known already are empty, and a range of another content is ignored', async () => {
    const etag = `"${hashOf(content)}"`;
    expect((await get(content)).headers.get('etag')).toBe(etag);
    expect((await get(content, { 'if-none-match': `"x", W/${etag}` })).status).toBe(304);
    expect((await get(content, { range: 'bytes=0-1', 'if-range': '"another"' })).status).toBe(200);
    expect((await get(content, { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
  });

  test('a compressed upload is refused: nobody unpacks it', async () => {
    const answer = await put(randomBytes(10), '', { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ error: { problems: [{ field: 'content-encoding' }] } });
  });
});

describe('the trash', () => {
  beforeAll(async () => {
    server = await startWith();
    worker = await TestWorker.register(server);
  });
  afterAll(() => server.close());

  test('a deleted run goes for good after its time, with what nobody else refers to', async () => {
    const [own, shared] = [randomBytes(100), randomBytes(50)];
    const id = await runWith({ 'adapter/own.bin': own, 'shared.bin': shared });
    const other = await runWith({ 'shared.bin': shared });
    server.clock.advance(2 * DAY_MS);
    await deleteRuns(id);
    expect(await gc()).toMatchObject({ runIds: [], names: 0, freed: none, trashed: none });
    server.clock.advance(7 * DAY_MS);
    const preview = await gc(7, true);
    expect(preview).toMatchObject({ runIds: [id], freed: { files: 1, bytes: 100 }, trashed: none });
    expect(await statusOf(own)).toBe(200);
    expect(await gc()).toMatchObject({
      runIds: [id],
      names: 2,
      freed: { files: 1, bytes: 100 },
      more: false,
    });
    expect([await statusOf(own), await statusOf(shared)]).toEqual([404, 200]);
    const { gone, kept } = await server.query(
      'query ($id: ID!, $other: ID!) { gone: run(id: $id) { id } kept: run(id: $other) { artifacts { name } } }',
      { id, other },
    );
    expect([gone, kept]).toEqual([null, { artifacts: [{ name: 'shared.bin' }] }]);
  });

  test('a restored run has all it had', async () => {
    const content = randomBytes(10);
    const id = await runWith({ 'a.bin': content });
    await deleteRuns(id);
    server.clock.advance(6 * DAY_MS);
    await gc();
    const { restoreRuns } = await server.query(
      'mutation ($ids: [ID!]!) { restoreRuns(ids: $ids) { deletedAt artifacts { name } } }',
      { ids: [id] },
    );
    expect(restoreRuns).toEqual([{ deletedAt: null, artifacts: [{ name: 'a.bin' }] }]);
    server.clock.advance(9 * DAY_MS);
    await gc();
    expect(await statusOf(content)).toBe(200);
  });

  test('a running run is not deleted, and none of the others with it', async () => {
    const ended = await runWith({});
    const claim = await worker.open();
    const refused = (await deleteRuns(ended, claim.run!.id).catch((e) => e)) as RequestError;
    expect(refused.code).toBe('CONFLICT');
    const { run } = await server.query('query ($id: ID!) { run(id: $id) { deletedAt } }', { id: ended });
    expect(run.deletedAt).toBeNull();
    await worker.finish(claim, 'finished', {});
  });

  test('what nobody refers to goes into the trash a day later, and for good a week after that', async () => {
    await gc(0);
    const content = randomBytes(30);
    await put(content);
    expect(await gc()).toMatchObject({ trashed: none });
    server.clock.advance(1.1 * DAY_MS);
    expect(await gc(7, true)).toMatchObject({ trashed: { files: 1, bytes: 30 } });
    expect(await gc()).toMatchObject({ trashed: { files: 1, bytes: 30 }, freed: none });
    server.clock.advance(8 * DAY_MS);
    expect(await gc()).toMatchObject({ freed: { files: 1, bytes: 30 } });
    expect(await statusOf(content)).toBe(404);
  });

  test('what a worker uploaded stays while its run goes on, however long that takes', async () => {
    const content = randomBytes(20);
    const claim = await worker.open();
    server.clock.advance(1);
    await put(content);
    for (let day = 0; day < 12; day++) {
      server.clock.advance(DAY_MS);
      await gc(0);
    }
    const artifacts = [{ name: 'late.bin', sha256: hashOf(content), bytes: 20 }];
    expect((await worker.finish(claim, 'finished', { artifacts })).accepted).toBe(true);
    expect(await statusOf(content)).toBe(200);
  });

  test('an upload that arrives while old contents are removed is not lost', async () => {
    const contents = Array.from({ length: 24 }, () => randomBytes(40));
    for (const content of contents) await put(content);
    server.clock.advance(2 * DAY_MS);
    await gc();
    server.clock.advance(8 * DAY_MS);
    const answers = await Promise.all([
      ...contents.slice(0, 12).map((content) => put(content)),
      gc(),
      ...contents.slice(12).map((content) => put(content)),
      gc(),
    ]);
    expect(answers.filter((one) => one instanceof Response && one.ok)).toHaveLength(24);
    const artifacts = contents.map((content, i) => ({ name: `${i}`, sha256: hashOf(content), bytes: 40 }));
    const claim = await worker.open();
    expect((await worker.finish(claim, 'finished', { artifacts })).accepted).toBe(true);
    for (const content of contents) expect(await statusOf(content)).toBe(200);
  });

  test('the page can say what lies there', async () => {
    const { storage } = await server.query(
      '{ storage { kind place contents { files } names { files } unreferenced { files } runsInTrash quotaBytes projects { files bytes project { name } } } }',
    );
    const isBucket = BUCKET !== undefined;
    const place = isBucket
      ? expect.stringContaining(`${BUCKET}/test-`)
      : join(server.dataFolder, 'artifacts');
    expect(storage).toMatchObject({ kind: isBucket ? 's3' : 'disk', place, quotaBytes: null });
    expect(storage.projects[0]).toMatchObject({ project: { name: 'default' } });
    expect(storage.contents.files).toBe(27);
    expect(storage.names.files).toBe(27);
  });
});

describe('quotas', () => {
  const part = (bytes: number) => randomBytes(bytes);
  beforeAll(async () => {
    server = await startWith({ RANKSWEEP_ARTIFACT_QUOTA: '3 MB', RANKSWEEP_PROJECT_QUOTA: '1 MB' });
    worker = await TestWorker.register(server);
  });
  afterAll(() => server.close());

  test('of a project: used, limit and what was asked are said, before anything is sent', async () => {
    const id = await runWith({ 'a.bin': part(600_000) }, { project: 'small' });
    const more = part(500_000);
    const answer = await put(more, `?run=${id}`);
    expect(answer.status).toBe(413);
    const { error } = (await answer.json()) as { error: { code: string; problems: object[] } };
    expect(error.code).toBe('TOO_LARGE');
    expect(error.problems).toEqual([
      { field: 'artifacts.quota', message: 'limit 1000000, used 600000, asked 500000 bytes' },
    ]);
    expect(await statusOf(more)).toBe(404);
    expect((await put(part(400_000), `?run=${id}`)).status).toBe(201);
  });

  test('of a project: a record that would exceed it is refused as a whole', async () => {
    const claim = await worker.open({ project: 'small' });
    const contents = [part(300_000), part(300_000)];
    for (const content of contents) await put(content);
    const artifacts = contents.map((content, i) => ({
      name: `${i}`,
      sha256: hashOf(content),
      bytes: 300_000,
    }));
    const refused = (await worker.finish(claim, 'finished', { artifacts }).catch((e) => e)) as RequestError;
    expect(refused.code).toBe('TOO_LARGE');
    expect((await worker.finish(claim, 'failed', {})).accepted).toBe(true);
  });

  test('of the server: an upload of unknown size is cut off where it exceeds it, and leaves nothing', async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull(stream) {
        sent += 100_000;
        stream.enqueue(part(100_000));
        if (sent > 20_000_000) stream.close();
      },
    });
    const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
    const answer = await fetch(`${server.url}/artifacts/${'1'.repeat(64)}`, init).catch(() => null);
    expect([413]).toContain(answer?.status);
    expect(sent).toBeLessThan(20_000_000);
    const { storage } = await server.query('{ storage { contents { bytes } } }');
    expect(storage.contents.bytes).toBe(1_600_000);
    expect((await put(part(1_000_000))).status).toBe(201);
    expect((await put(part(1_000_000))).status).toBe(413);
  });
});
