import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LEASE_MS, type RequestError, startTestServer, type TestServer } from './test-server.js';
import { TestWorker } from './test-worker.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const FIELDS = `created leaseToken stop run {
  id name state config origin startedAt endedAt error notes group tags deletedAt project { name } artifacts { name }
}`;
const record = async (input: Record<string, unknown>) =>
  (
    await server.query(`mutation ($input: RecordRunInput!) { recordRun(input: $input) { ${FIELDS} } }`, {
      input: { project: 'elsewhere', origin: 'test', ...input },
    })
  ).recordRun;
const refusal = (input: Record<string, unknown>): Promise<RequestError> =>
  record(input).then(
    () => Promise.reject(new Error('it was taken')),
    (error) => error,
  );

test('a run keeps its ID and its times, and the same report twice is one run', async () => {
  const report = {
    ...{ id: '0f3a9c', name: 'old', state: 'finished', config: { lr: 0.1 }, notes: 'n', group: 'g' },
    ...{ startedAt: '2020-01-02T03:04:05.678Z', endedAt: '2020-01-02T04:00:00.000Z' },
    tags: [{ key: 'stage', value: 'draft' }],
  };
  const first = await record(report);
  expect(first).toMatchObject({
    created: true,
    run: { ...report, tags: { stage: 'draft' }, project: { name: 'elsewhere' }, origin: 'test' },
  });
  expect(await record(report)).toEqual({ ...first, created: false });
});

test('a config grows and never changes; what a person said of the run stays', async () => {
  await record({ id: 'grows', config: { a: { b: 1 }, c: [1] } });
  const { run } = await record({ id: 'grows', name: 'other', config: { a: { d: 2 }, c: [1] } });
  expect(run).toMatchObject({ name: 'grows', config: { a: { b: 1, d: 2 }, c: [1] } });
  const error = await refusal({ id: 'grows', config: { a: { b: 2 }, c: [2] } });
  expect(error.code).toBe('CONFLICT');
  expect(error.problems.map(({ field }) => field)).toEqual(['config.a.b', 'config.c']);
  const where = { where: [{ path: 'config.a.d', op: 'eq', value: 2 }] };
  const found = await server.query('query ($where: RunFilter) { runs(filter: $where) { total } }', { where });
  expect(found.runs.total).toBe(1);
});

test('an ended run goes on when it is told to, a lost one whenever its program speaks', async () => {
  await record({ id: 'resumed', state: 'failed', error: 'out of memory' });
  expect((await record({ id: 'resumed' })).run).toMatchObject({ state: 'failed', error: 'out of memory' });
  expect((await record({ id: 'resumed', resume: true })).run).toMatchObject({
    ...{ state: 'running', endedAt: null, error: null },
  });
  const { leaseToken } = await record({ id: 'leased', leased: true });
  server.clock.advance(2 * LEASE_MS);
  await record({ id: 'leased', state: 'lost' });
  expect((await record({ id: 'leased', leased: true })).run.state).toBe('running');
  const input = { runId: 'leased', leaseToken, batch: 1, points: [] };
  const progress = 'mutation ($input: ProgressInput!) { reportProgress(input: $input) { leaseLost stop } }';
  expect((await server.query(progress, { input })).reportProgress).toEqual({ leaseLost: false, stop: false });
  await server.query('mutation { stopRun(id: "leased") { id } }');
  expect((await server.query(progress, { input })).reportProgress).toEqual({ leaseLost: false, stop: true });
  expect((await record({ id: 'leased', state: 'stopped' })).run.state).toBe('cancelled');
});

test('another program’s or a worker’s run is not touched', async () => {
  await record({ id: 'mine' });
  expect((await refusal({ id: 'mine', origin: 'other', project: 'p2' })).problems).toMatchObject([
    { field: 'id' },
    { field: 'project' },
  ]);
  const worker = await TestWorker.register(server);
  const { run } = await worker.open({ project: 'elsewhere' });
  const theirs = await refusal({ id: run!.id, origin: 'worker', config: { sneaked: 1 }, state: 'finished' });
  expect(theirs.code).toBe('CONFLICT');
});

test('hidden runs come into sight together', async () => {
  for (const id of ['hid1', 'hid2']) await record({ id, state: 'finished', hidden: true });
  const seen = async () =>
    (await server.query('{ runs(filter: {text: "hid"}) { items { id } } }')).runs.items.length;
  expect(await seen()).toBe(0);
  const reveal = (ids: string[]) =>
    server.query('mutation ($ids: [ID!]!) { revealRuns(ids: $ids) }', { ids });
  await expect(reveal(['hid1', 'hid3'])).rejects.toThrow('there is no run "hid3"');
  expect(await seen()).toBe(0);
  await reveal(['hid1', 'hid2']);
  expect(await seen()).toBe(2);
});

test('what is wrong is named, all of it, and nothing is stored', async () => {
  const bad = { id: '../x', origin: 'Ü', config: [1], startedAt: 'yesterday', name: 'x'.repeat(251) };
  const error = await refusal(bad);
  expect(error.code).toBe('INVALID_INPUT');
  expect(error.problems.map(({ field }) => field)).toEqual(['id', 'origin', 'name', 'startedAt', 'config']);
  const sha256 = createHash('sha256').update('never uploaded').digest('hex');
  await refusal({ id: 'half', artifacts: [{ name: 'a', sha256, bytes: 1 }] });
  await refusal({ id: 'half', parentId: 'nobody' });
  expect((await server.query('{ run(id: "half") { id } }')).run).toBeNull();
});
