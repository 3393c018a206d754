import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestServer, type TestServer } from './test-server.js';
import { type Claim, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;

beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

const yaml = (rest: string) => `method: random
program: train.py
metric: {name: loss, goal: minimize}
parameters: {rate: {min: 0.0, max: 1.0}}
${rest}`;
const FIELDS = 'id state runCap plannedTrials stopRules endReason edits warmStart endedAt';

async function create(rest: string, first = ''): Promise<string> {
  const mutation = 'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }';
  return (await server.query(mutation, { input: { yaml: first + yaml(rest) } })).createSweep.id;
}

async function read(id: string) {
  return (await server.query(`query ($id: ID!) { sweep(id: $id) { ${FIELDS} } }`, { id })).sweep;
}

async function edit(id: string, input: object) {
  const mutation = `mutation ($id: ID!, $input: SweepEditInput!) { editSweep(id: $id, input: $input) { ${FIELDS} } }`;
  return (await server.query(mutation, { id, input })).editSweep;
}

/** Completes trials with these values; fewer if the sweep ends. */
async function complete(id: string, values: number[]): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const value of values) {
    const claim = await worker.claim(id);
    if (claim.trial === null) break;
    claims.push(claim);
    await worker.complete(claim, 'loss', value);
  }
  return claims;
}

test('a sweep ends by its rules, and says by which', async () => {
  const id = await create('stop: {no_improvement: 2}');
  expect(await complete(id, [3, 1, 2, 2, 0])).toHaveLength(4);
  expect(await read(id)).toMatchObject({
    ...{ state: 'finished', endReason: '2 trials in a row were no better than trial 2' },
    stopRules: { seconds: null, gpuHours: null, noImprovement: 2, failures: null },
  });
  const failing = await create('stop: {failures: 1, time: 1h}');
  await worker.finish(await worker.claim(failing), 'failed', { error: 'no' });
  expect(await read(failing)).toMatchObject({ state: 'finished', endReason: 'a trial failed' });
});

test('time and GPU-hours: what runs goes on, nothing new is suggested', async () => {
  const id = await create('stop: {time: 90s}');
  const claim = await worker.claim(id);
  server.clock.advance(20_000);
  const hours = await create('stop: {gpu_hours: 0.001}');
  const long = await worker.claim(hours);
  expect(long.trial).not.toBeNull();
  await worker.report(claim, 1);
  server.clock.advance(20_000);
  expect((await worker.claim(hours)).trial).toBeNull();
  await worker.report(claim, 2);
  server.clock.advance(25_000);
  await worker.report(claim, 3);
  server.clock.advance(26_000);
  expect((await worker.claim(id)).trial).toBeNull();
  expect((await read(id)).state).toBe('running');
  await worker.complete(claim, 'loss', 1);
  expect(await read(id)).toMatchObject({ state: 'finished', endReason: 'its time of 90 s is over' });
  await server.query('mutation ($id: ID!) { cancelSweep(id: $id) { id } }', { id: hours });
});

test('limits are edited while it runs, each edit is recorded, and a finished sweep goes on', async () => {
  const id = await create('run_cap: 2');
  await complete(id, [1, 2, 3]);
  expect(await read(id)).toMatchObject({ state: 'finished', endReason: 'all 2 planned trials were made' });
  const edited = await edit(id, { runCap: 4, noImprovement: 9, because: 'more GPUs' });
  expect(edited).toMatchObject({ state: 'running', plannedTrials: 4, endReason: null, endedAt: null });
  expect(edited.edits).toMatchObject([
    { afterTrial: 2, field: 'runCap', from: 2, to: 4, because: 'more GPUs' },
    { afterTrial: 2, field: 'noImprovement', from: null, to: 9 },
  ]);
  expect(await complete(id, [1, 2, 3])).toHaveLength(2);
  expect((await edit(id, { runCap: 4 })).edits).toHaveLength(2);
  expect(await read(id)).toMatchObject({ state: 'finished', runCap: 4 });
});

test('a limit that is none and a cancelled sweep are refused', async () => {
  const id = await create('run_cap: 2');
  await expect(edit(id, { runCap: 0 })).rejects.toThrow(
    'runCap: found 0, expected a whole number above 0, or null',
  );
  await server.query('mutation ($id: ID!) { cancelSweep(id: $id) { id } }', { id });
  await expect(edit(id, { runCap: 9 })).rejects.toThrow('is cancelled');
});

test('a warm start knows the trials of an earlier sweep, and only of the same space and goal', async () => {
  const earlier = await create('run_cap: 2');
  const [first] = await complete(earlier, [1, 2]);
  const later = await create(`warm_start: [${earlier}]\nrun_cap: 1`);
  const { warmStart } = await read(later);
  expect(warmStart).toMatchObject([
    {
      sweepId: earlier,
      history: [{ params: first!.trial!.parameters, state: 'finished', value: 1 }, { value: 2 }],
    },
  ]);
  await complete(later, [5]);
  const other = `method: random\nprogram: p\nmetric: {name: loss}\nparameters: {rank: {values: [1]}}\nwarm_start: ${earlier}`;
  const mutation = 'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }';
  await expect(server.query(mutation, { input: { yaml: other } })).rejects.toThrow(
    'warm_start[0]: its parameters are not the same',
  );
  await expect(create('warm_start: sweep_nowhere')).rejects.toThrow('sweep_nowhere');
});
