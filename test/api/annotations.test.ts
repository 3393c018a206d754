import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

const open = async () => (await worker.open({ project: 'notes' })).run!.id;
const annotate = async (input: Record<string, unknown>) =>
  (
    await server.query(
      `mutation ($input: AnnotateRunInput!) {
        annotateRun(input: $input) { id name notes group parentId tags origin deletedAt }
      }`,
      { input },
    )
  ).annotateRun;
const idsWhere = async (path: string, value: unknown) => {
  const filter = { where: [{ path, op: 'eq', value }] };
  const { runs } = await server.query(
    'query ($filter: RunFilter) { runs(filter: $filter) { items { id } } }',
    {
      filter,
    },
  );
  return runs.items.map(({ id }: { id: string }) => id);
};

test('name, notes, group, parent and tags change as told; what is left out stays', async () => {
  const [parent, child] = [await open(), await open()];
  const tags = [
    { key: 'stage', value: 'draft' },
    { key: 'who', value: 'ü' },
  ];
  const given = { runId: child, name: 'second try', notes: '# why', group: 'g1', parentId: parent, tags };
  expect(await annotate(given)).toEqual({
    ...{ id: child, name: 'second try', notes: '# why', group: 'g1', parentId: parent, deletedAt: null },
    ...{ tags: { stage: 'draft', who: 'ü' }, origin: 'worker' },
  });
  const changed = await annotate({
    ...{ runId: child, notes: null, removeTags: ['who', 'never there'] },
    tags: [{ key: 'stage', value: 'final' }],
  });
  expect(changed).toMatchObject({ name: 'second try', notes: null, group: 'g1', tags: { stage: 'final' } });
  expect(await idsWhere('parent', parent)).toEqual([child]);
  expect(await idsWhere('group', 'g1')).toEqual([child]);
});

test('a run is no part of itself, however far around, and not of what is not there', async () => {
  const [a, b] = [await open(), await open()];
  await annotate({ runId: b, parentId: a });
  await expect(annotate({ runId: a, parentId: b })).rejects.toThrow('itself a part');
  await expect(annotate({ runId: a, parentId: a })).rejects.toThrow('itself a part');
  await expect(annotate({ runId: a, parentId: 'run_nowhere' })).rejects.toThrow('there is no run');
});

test('what is too long is refused by its field, and nothing of the request is stored', async () => {
  const run = await open();
  const tags = [
    { key: 'fine', value: '1' },
    { key: 'k'.repeat(10_000), value: '' },
  ];
  const error: RequestError = await annotate({ runId: run, notes: 'lost', tags }).catch((cause) => cause);
  expect(error.problems.map(({ field }) => field)).toEqual(['tags[1].key']);
  expect(await annotate({ runId: run })).toMatchObject({ notes: null, tags: {} });
});
