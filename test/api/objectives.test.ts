import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SweepConfig } from '../../src/core/sweep-config.js';
import { replaySuggestions } from '../../src/search/replay.js';
import { policyOf } from '../../src/search/suggest.js';
import { startTestServer, type TestServer } from './test-server.js';
import { type Claim, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;

beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

const yaml = (rest: string, method = 'bayes') => `method: ${method}
program: train.py
parameters: {rate: {min: 0.0, max: 1.0}, rank: {values: [1, 2, 4]}}
${rest}`;
const FIELDS = `id state endReason referencePoint edits best { number } recommendation
  paretoFront { trials { number outcomes } hypervolume referencePoint isReferenceFixed feasible infeasible }
  trials { number state objective outcomes why parameters replicate historyHash historyChanges }`;

async function create(rest: string, method?: string): Promise<string> {
  const mutation = 'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }';
  return (await server.query(mutation, { input: { yaml: yaml(rest, method) } })).createSweep.id;
}

async function read(id: string) {
  return (await server.query(`query ($id: ID!) { sweep(id: $id) { ${FIELDS} config seed } }`, { id })).sweep;
}

async function edit(id: string, referencePoint: unknown) {
  const mutation = `mutation ($id: ID!, $input: SweepEditInput!) { editSweep(id: $id, input: $input) { ${FIELDS} } }`;
  return (await server.query(mutation, { id, input: { referencePoint, because: 'a test' } })).editSweep;
}

/** Logs these values and ends the trial as the built-in trainer does, with its size among the facts. */
async function complete(claim: Claim, values: Record<string, number>, facts = {}, state = 'finished') {
  const points = Object.entries(values).map(([metric, value]) => ({ metric, step: 1, value, time: 0 }));
  await worker.report(claim, 1, points);
  await worker.finish(claim, state, { facts });
}

test('several objectives: outcomes, a reference point that is fixed, the front, an edit, and a replay', async () => {
  const id = await create(`metrics: [{name: loss}, {name: trainable_parameters}]
outcome_constraints: [change <= 0.5]
run_cap: 9`);
  for (let i = 0; i < 7; i++) {
    const claim = await worker.claim(id);
    const { rate, rank } = claim.trial!.parameters as { rate: number; rank: number };
    const values = { loss: 3 - Math.log2(rank) + (rate - 0.3) ** 2, change: rate };
    if (i === 4) await worker.finish(claim, 'diverged');
    else await complete(claim, values, { trainableParameters: 100 * rank });
  }
  const sweep = await read(id);
  expect(sweep.trials[0].outcomes).toEqual({
    ...{ loss: sweep.trials[0].objective, change: sweep.trials[0].parameters.rate },
    trainable_parameters: 100 * sweep.trials[0].parameters.rank,
  });
  expect(sweep.edits).toEqual([
    expect.objectContaining({ field: 'referencePoint', to: sweep.referencePoint }),
  ]);
  expect([sweep.best, sweep.recommendation]).toEqual([null, null]);
  const { paretoFront } = sweep;
  expect(paretoFront).toMatchObject({ isReferenceFixed: true, referencePoint: sweep.referencePoint });
  expect([...paretoFront.feasible, ...paretoFront.infeasible].sort()).toEqual([1, 2, 3, 4, 6, 7]);
  expect(paretoFront.trials.length).toBeGreaterThan(0);
  for (const { outcomes } of paretoFront.trials) expect(outcomes.change).toBeLessThanOrEqual(0.5);
  expect(sweep.trials.at(-1).why).toMatchObject({ rule: 'expected hypervolume improvement' });

  const moved = await edit(id, { trainable_parameters: 1000 });
  expect(moved.referencePoint).toEqual({ ...sweep.referencePoint, trainable_parameters: 1000 });
  expect(moved.paretoFront.hypervolume).toBeGreaterThan(paretoFront.hypervolume);
  await complete(await worker.claim(id), { loss: 1, change: 0 }, { trainableParameters: 5 });
  expect(verdictsOf(await read(id))).toEqual(Array(8).fill('same'));
  await expect(edit(id, { rank: 3 })).rejects.toThrow(
    /found "rank", the objectives are loss, trainable_parameters/,
  );
});

/** Each suggestion again, with the reference point of its time. */
function verdictsOf(sweep: Awaited<ReturnType<typeof read>>): string[] {
  const config = sweep.config as SweepConfig;
  type Edit = { field: string; afterTrial: number; to: Record<string, number> };
  const policyAt = (trial: number) => ({
    ...policyOf(config),
    referencePoint: (sweep.edits as Edit[]).findLast(({ afterTrial }) => afterTrial < trial)?.to ?? null,
  });
  const stored = sweep.trials.map((trial: Record<string, unknown>) => ({
    ...trial,
    params: trial.parameters,
  }));
  return [...replaySuggestions(config.parameters, [], stored, policyAt, sweep.seed)].map(
    ({ verdict }) => verdict,
  );
}

test('one objective with a limit: the best and the recommended trial keep it', async () => {
  const id = await create('metric: {name: loss}\noutcome_constraints: [change <= 0.5]', 'random');
  const values = [
    { loss: 1, change: 0.9 },
    { loss: 2, change: 0.1 },
    { loss: 3, change: 0 },
  ];
  await complete(await worker.claim(id), values[0]!);
  expect((await read(id)).recommendation).toMatchObject({
    why: expect.stringMatching(/^No trial keeps change <= 0\.5; trial 1 comes nearest, with change 0\.9/),
  });
  for (const one of values.slice(1)) await complete(await worker.claim(id), one);
  const sweep = await read(id);
  expect([sweep.best, sweep.paretoFront]).toEqual([{ number: 2 }, null]);
  expect(sweep.recommendation).toMatchObject({
    number: 2,
    why: expect.stringContaining('It keeps change <= 0.5 (0.1).'),
  });
  await expect(edit(id, { loss: 3 })).rejects.toThrow(/one objective/);
});

test('a stopping rule stops what is bad in every metric, and says which one decided', async () => {
  const id = await create(
    'metrics: [{name: a}, {name: b}]\nearly_terminate: {type: median, min_trials: 2}',
    'random',
  );
  const log = async (claim: Claim, batch: number, a: number, b?: number) => {
    const metrics = Object.entries({ a, ...(b !== undefined && { b }) });
    const points = metrics.map(([metric, value]) => ({ metric, step: batch, value, time: batch }));
    return worker.report(claim, batch, points);
  };
  for (const value of [1, 2, 3]) await complete(await worker.claim(id), { a: value, b: value });
  const mixed = await worker.claim(id);
  expect((await log(mixed, 1, 9)).stop).toBe(false);
  expect((await log(mixed, 2, 9, 1)).stop).toBe(false);
  const hopeless = await worker.claim(id);
  const answer = await log(hopeless, 1, 9, 8);
  expect(answer).toMatchObject({ stop: true, stopReason: expect.stringMatching(/^a: .*; b: /) });
  const query =
    'query ($id: ID!) { sweep(id: $id) { trials { number stopDecisions { stop metric judged why } } } }';
  const { trials } = (await server.query(query, { id })).sweep;
  expect(trials[3].stopDecisions).toMatchObject([
    { stop: false, metric: 'b', why: expect.stringMatching(/^b: /) },
  ]);
  expect(trials[4].stopDecisions[0].judged).toMatchObject([
    { metric: 'a', stop: true, value: 9 },
    { metric: 'b', stop: true, value: 8 },
  ]);
});
