import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { SweepConfig } from '../../src/core/sweep-config.js';
import { replaySuggestions } from '../../src/search/replay.js';
import { policyOf } from '../../src/search/suggest.js';
import { createTestDatabase, type TestDatabase } from '../api/test-database.js';
import { LEASE_MS, startTestServer, type TestServer } from '../api/test-server.js';
import { point, TestWorker } from '../api/test-worker.js';

// 400 writes, one after the other, also on a machine that does other things
jest.setTimeout(180_000);

/** Two servers that know nothing of each other, on one database. */
let database: TestDatabase;
let servers: TestServer[];
beforeAll(async () => {
  database = (await createTestDatabase())!;
  // together: both find no tables, and one makes them
  servers = await Promise.all([0, 1].map(() => startTestServer({ databaseUrl: database.url })));
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await database.drop();
});

const SUGGESTIONS = `query ($id: ID!) { sweep(id: $id) { state seed config
  trials { number state parameters replicate historyHash historyChanges attempts runs { id state } } } }`;

async function createSweep(yaml: string): Promise<string> {
  const mutation = 'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }';
  return (await servers[0]!.query(mutation, { input: { yaml } })).createSweep.id;
}

function workers(perServer: number): Promise<TestWorker[]> {
  const all = servers.flatMap((server) => Array.from({ length: perServer }, () => server));
  return Promise.all(all.map((server, i) => TestWorker.register(server, `worker ${i}`)));
}

/** Claims and completes until nothing is left. @returns the numbers of its trials */
async function work(worker: TestWorker, sweepId: string, learns = false): Promise<number[]> {
  const numbers: number[] = [];
  for (;;) {
    const claim = await worker.claim(sweepId);
    if (claim.trial === null) {
      if (claim.idle) return numbers;
      continue;
    }
    numbers.push(claim.trial.number);
    const x = claim.trial.parameters.x as number;
    if (learns) await worker.complete(claim, 'loss', (x - 0.3) ** 2);
    else await worker.finish(claim);
  }
}

test('200 trials that eight workers of two servers claim at once are each claimed once', async () => {
  const id = await createSweep(
    'method: random\nrun_cap: 200\nprogram: t.py\nparameters: {x: {min: 0.0, max: 1.0}}\n',
  );
  const claimed = await Promise.all((await workers(4)).map((worker) => work(worker, id)));
  const inOrder = claimed.flat().sort((a, b) => a - b);
  expect(inOrder).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
  // both servers gave some, or nothing was shown
  expect(claimed.slice(0, 4).flat().length).toBeGreaterThan(20);
  expect(claimed.slice(4).flat().length).toBeGreaterThan(20);
  await expectConsistent(id, 200);
});

test('a model that learns from both servers’ trials suggests what it suggests alone', async () => {
  const id = await createSweep(
    'method: bayes\nseed: 3\nrun_cap: 16\nprogram: t.py\nmetric: {name: loss}\nparameters: {x: {min: 0.0, max: 1.0}}\n',
  );
  await Promise.all((await workers(2)).map((worker) => work(worker, id, true)));
  await expectConsistent(id, 16);
});

/** Each trial has one run, which finished; each suggestion comes out again from the history that it saw. */
async function expectConsistent(id: string, count: number): Promise<void> {
  const { sweep } = await servers[1]!.query(SUGGESTIONS, { id });
  expect(sweep.state).toBe('finished');
  expect(sweep.trials).toHaveLength(count);
  for (const { attempts, runs } of sweep.trials) {
    expect({ attempts, states: runs.map(({ state }: { state: string }) => state) }).toEqual({
      attempts: 1,
      states: ['finished'],
    });
  }
  const config = sweep.config as SweepConfig;
  const stored = sweep.trials.map(({ parameters, ...rest }: { parameters: unknown }) => ({
    params: parameters,
    ...rest,
  }));
  const verdicts = replaySuggestions(config.parameters, [], stored, () => policyOf(config), sweep.seed);
  expect([...verdicts].filter(({ verdict }) => verdict !== 'same')).toEqual([]);
}

test('one queued trial is given to one of the servers that ask at once', async () => {
  const id = await createSweep('method: grid\nprogram: t.py\nparameters: {x: {values: [1]}}\n');
  const asking = await workers(3);
  const first = await asking[0]!.claim(id);
  await asking[0]!.finish(first, 'lost');
  const claims = await Promise.all(asking.map((worker) => worker.claim(id)));
  expect(claims.filter(({ trial }) => trial !== null)).toHaveLength(1);
});

test('a run whose worker falls silent is lost once, whichever server notices; its own server refuses it then', async () => {
  const id = await createSweep('method: grid\nprogram: t.py\nparameters: {x: {values: [1]}}\n');
  const [mine, other] = await Promise.all(servers.map((server) => TestWorker.register(server)));
  const claim = await mine!.claim(id);
  servers[1]!.clock.advance(LEASE_MS + 1);
  const taken = await other!.claim(id);
  expect(taken.trial).toMatchObject({ number: 1, attempts: 2 });
  expect(await mine!.report(claim, 1, [point('loss', 1, 1)])).toMatchObject({
    accepted: false,
    leaseLost: true,
  });
  expect(await other!.report(taken, 1, [point('loss', 1, 2)])).toMatchObject({ accepted: true });
});

test('points that one server acknowledged are read from the other', async () => {
  const [mine] = await workers(1);
  const claim = await mine!.open();
  const points = Array.from({ length: 3000 }, (_, i) => point('loss', i, i));
  await Promise.all([0, 1, 2].map((i) => mine!.report(claim, i + 1, points.slice(i * 1000, (i + 1) * 1000))));
  const query = 'query ($id: ID!) { run(id: $id) { series(maxPoints: 5000) { count exact steps } } }';
  const { run } = await servers[1]!.query(query, { id: claim.run!.id });
  expect(run.series[0]).toMatchObject({ count: 3000, exact: true });
  expect(run.series[0].steps).toEqual(points.map(({ step }) => step));
});

test('who looks at one server sees live what comes in through the other', async () => {
  const [mine] = await workers(1);
  const claim = await mine!.open();
  const url = `${servers[1]!.url.replace('http', 'ws')}/graphql`;
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  const query =
    'subscription ($ids: [ID!]!) { seriesUpdates(runIds: $ids) { additions { series { steps } } } }';
  const stream = client.iterate({ query, variables: { ids: [claim.run!.id] } });
  const steps: number[] = [];
  for (const step of [1, 2, 3]) {
    await mine!.report(claim, step, [point('loss', step, step)]);
    while (steps.length < step) {
      // biome-ignore lint/suspicious/noExplicitAny: a subscription's answer
      const { additions } = ((await stream.next()).value as any).data.seriesUpdates;
      for (const { series } of additions) steps.push(...series.steps);
    }
  }
  expect(steps).toEqual([1, 2, 3]);
  await stream.return?.();
  await client.dispose();
});
