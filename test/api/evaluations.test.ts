import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiClient } from '../../src/api-client/api-client.js';
import { finishRun } from '../../src/worker/finish-run.js';
import type { RunLease } from '../../src/worker/run-lease.js';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { TestWorker } from './test-worker.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const SET = `name role distance suiteHash datasetHash items tokens loss bitsPerByte baseLoss baseBitsPerByte
  scores { score goal count value baseValue baseKey itemsHash groups }`;
const openRun = (id: string, state = 'running') =>
  server.query('mutation ($input: RecordRunInput!) { recordRun(input: $input) { created } }', {
    input: { id, project: 'p', state },
  });
const record = async (input: Record<string, unknown>) =>
  (
    await server.query(
      `mutation ($input: RecordEvaluationInput!) { recordEvaluation(input: $input) { ${SET} } }`,
      {
        input: { name: 'set', role: 'in_domain', keys: ['a', 'b', 'c'], ...input },
      },
    )
  ).recordEvaluation;
const refusal = (input: Record<string, unknown>): Promise<RequestError> =>
  record(input).then(
    () => Promise.reject(new Error('it was taken')),
    (error) => error,
  );
const loss = {
  score: 'loss',
  goal: 'minimize',
  values: [1, 2, 4],
  weights: [2, 1, 1],
  baseValues: [2, 2, 5],
};
const match = { score: 'exact_match', goal: 'maximize', values: [0, 1, 1] };

test('scores are stored by item, with their means, their groups and the base beside', async () => {
  await openRun('run-a');
  const input = { runId: 'run-a', distance: 'later years', suiteHash: 's', groups: ['g', 'h', 'g'] };
  const set = await record({ ...input, scores: [loss, match] });
  expect(set).toMatchObject({
    ...{ name: 'set', role: 'in_domain', distance: 'later years', suiteHash: 's', items: 3, tokens: 4 },
    ...{ loss: 2, baseLoss: 2.75, bitsPerByte: 'NaN', baseBitsPerByte: 'NaN' },
  });
  expect(set.scores).toMatchObject([
    { score: 'exact_match', count: 3, value: 2 / 3, baseValue: null, baseKey: null },
    { score: 'loss', goal: 'minimize', count: 3, value: 2, baseValue: 2.75 },
  ]);
  expect(set.scores[1].groups).toEqual({
    g: { items: 2, value: 2, baseValue: 3 },
    h: { items: 1, value: 2, baseValue: 2 },
  });
  const { evaluationItems } = await server.query(
    `{ evaluationItems(runId: "run-a", name: "set", score: "loss") { goal keys groups values weights baseValues } }`,
  );
  expect(evaluationItems).toEqual({
    ...{ goal: 'minimize', keys: ['a', 'b', 'c'], groups: ['g', 'h', 'g'] },
    ...{ values: [1, 2, 4], weights: [2, 1, 1], baseValues: [2, 2, 5] },
  });
});

test('a base is stored once: its key alone is enough for the next run, and must be of the same items', async () => {
  await openRun('run-b');
  const scores = [{ ...match, baseKey: 'base-1', baseValues: [0, 0, 1] }];
  await record({ runId: 'run-b', scores, baseModel: 'sha' });
  await openRun('run-c');
  const again = await record({ runId: 'run-c', scores: [{ ...match, baseKey: 'base-1' }] });
  expect(again.scores[0]).toMatchObject({ baseValue: 1 / 3, baseKey: 'base-1' });
  const { baseScores } = await server.query(
    '{ baseScores(keys: ["base-1", "base-2"]) { key model count values } }',
  );
  expect(baseScores).toEqual([{ key: 'base-1', model: 'sha', count: 3, values: [0, 0, 1] }]);
  const unknown = await refusal({ runId: 'run-c', scores: [{ ...match, baseKey: 'base-2' }] });
  expect(unknown.code).toBe('NOT_FOUND');
  const other = await refusal({
    runId: 'run-c',
    keys: ['a', 'b', 'd'],
    scores: [{ ...match, baseKey: 'base-1' }],
  });
  expect(other.code).toBe('CONFLICT');
});

test('runs are compared on the items that all of them have', async () => {
  await openRun('run-d');
  const values = [9, 'NaN', 7];
  await record({
    runId: 'run-d',
    keys: ['c', 'a', 'x'],
    scores: [{ score: 'loss', goal: 'minimize', values }],
  });
  const { alignedItems } = await server.query(
    `{ alignedItems(runIds: ["run-a", "run-d"], name: "set", score: "loss") { goal keys values weights baseValues left } }`,
  );
  expect(alignedItems).toEqual({
    ...{ goal: 'minimize', keys: ['a', 'c'], weights: [2, 1], left: [1, 1] },
    ...{
      values: [
        [1, 4],
        ['NaN', 9],
      ],
      baseValues: [[2, 5], null],
    },
  });
});

test('runs are held against another one, or against their base, item by item and in words', async () => {
  const keys = Array.from({ length: 40 }, (_, k) => `q${k}`);
  const right = (share: number) => keys.map((_, k) => (k % 10 < share ? 1 : 0));
  const scored = (values: number[], baseValues?: number[]) => [
    { score: 'exact_match', goal: 'maximize', values, ...(baseValues && { baseValues }) },
  ];
  await openRun('run-x');
  await openRun('run-y');
  await record({ runId: 'run-x', keys, scores: scored(right(8), right(2)) });
  await record({ runId: 'run-y', keys, scores: scored(right(7)) });
  const ask = async (args: string) => {
    const query = `{ comparedEvaluations(${args}) { runId items gain low high test p better words } }`;
    return (await server.query(query)).comparedEvaluations;
  };
  // 24 items gained and none lost: McNemar's exact p is 2 · 2^-24
  const [base, ...rest] = await ask('runIds: ["run-x", "run-y"]');
  expect(rest).toEqual([]);
  expect(base).toMatchObject({ runId: 'run-x', items: 40, gain: 0.6, test: 'mcnemar', better: 'run' });
  expect(base.p).toBeCloseTo(2 ** -23, 12);
  expect(base.words).toMatch(/^better by 0\.6 \[0\.\d+, 0\.\d+\] exact match at n = 40 items$/);
  // 4 items gained: p = 2 · 2^-4
  const [other] = await ask('runIds: ["run-x"], baseline: "run-y"');
  expect(other).toMatchObject({ gain: 0.1, p: 0.125, better: null });
  expect(other.words).toContain('not distinguishable at n = 40 items');
  await expect(ask('runIds: []')).rejects.toThrow(/runIds: found 0 runs, allowed are 1 to 50/);
});

test('scores of a run that has ended are added to, and never rewritten', async () => {
  await openRun('run-e');
  await record({ runId: 'run-e', scores: [match] });
  await record({ runId: 'run-e', scores: [{ ...match, values: [1, 1, 1] }] });
  await openRun('run-e', 'finished');
  const same = await record({ runId: 'run-e', scores: [{ ...match, values: [1, 1, 1] }, loss] });
  expect(same.scores.map(({ score }: { score: string }) => score)).toEqual(['exact_match', 'loss']);
  expect((await refusal({ runId: 'run-e', scores: [match] })).code).toBe('CONFLICT');
});

test('what is wrong is named, and nothing is stored', async () => {
  await openRun('run-f');
  const wrong = await refusal({
    ...{ runId: 'run-f', name: 'a set', keys: ['a', 'a'], groups: ['g'] },
    scores: [{ ...match, values: [1], weights: [1, -1] }],
  });
  expect(wrong.code).toBe('INVALID_INPUT');
  expect(wrong.problems.map(({ field }) => field)).toEqual([
    ...['name', 'keys[1]', 'groups', 'scores[0].values', 'scores[0].weights'],
  ]);
  const { run } = await server.query('{ run(id: "run-f") { evaluations { name } } }');
  expect(run.evaluations).toEqual([]);
});

test('a worker that lost its run stores nothing', async () => {
  const worker = await TestWorker.register(server);
  const { run, leaseToken } = await worker.open({ project: 'p' });
  const scores = [match];
  expect((await refusal({ runId: run!.id, leaseToken: leaseToken + 1, scores })).code).toBe('CONFLICT');
  expect((await record({ runId: run!.id, leaseToken, scores })).items).toBe(3);
});

test('what a worker’s run scored is there when it has ended, and the same report twice is one', async () => {
  const worker = await TestWorker.register(server);
  const claim = await worker.open({ project: 'p' });
  const columns = { goal: 'minimize' as const, weights: Float64Array.of(3, 1), baseKey: 'base-of-worker' };
  const scores = [
    { ...columns, score: 'loss', values: Float64Array.of(1, 3), baseValues: Float64Array.of(2, Number.NaN) },
  ];
  const set = {
    name: 'era',
    role: 'in_domain' as const,
    distance: null,
    suiteHash: 'suite',
    dataset: 'data',
  };
  const size = { items: 2, tokens: 4, bytes: 9, keys: ['k', 'l'], groups: null };
  const means = { loss: 1.5, bitsPerByte: 1, baseLoss: Number.NaN, baseBitsPerByte: 1 };
  const asked = { ...set, name: 'asked', ...size, ...means, tokens: 0, loss: Number.NaN };
  const match = { ...scores[0]!, score: 'f1', goal: 'maximize' as const, baseValues: null, baseKey: null };
  const evaluations = [
    { ...set, ...size, ...means, scores },
    { ...asked, scores: [match] },
  ];
  const lease = { runId: claim.run!.id, leaseToken: claim.leaseToken, sweepId: null } as unknown as RunLease;
  const ending = {
    state: 'finished' as const,
    error: null,
    stopReason: null,
    facts: {},
    evaluations,
    artifacts: [],
  };
  const client = new ApiClient(server.url);
  expect(await finishRun(client, lease, ending)).toBe(true);
  expect(await finishRun(client, lease, ending)).toBe(true);
  const { run } = await server.query(`query ($id: ID!) { run(id: $id) { state evaluations { ${SET} } } }`, {
    id: lease.runId,
  });
  expect(run.state).toBe('finished');
  expect(run.evaluations).toMatchObject([
    { name: 'asked', tokens: 0, loss: 'NaN', scores: [{ score: 'f1', baseValue: null }] },
    { name: 'era', tokens: 4, loss: 1.5, suiteHash: 'suite', scores: [{ value: 1.5, baseValue: 'NaN' }] },
  ]);
});
