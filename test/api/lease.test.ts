import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { LEASE_MS, startTestServer, type TestServer } from './test-server.js';
import { point, TestWorker } from './test-worker.js';

let server: TestServer;
let first: TestWorker;
let second: TestWorker;
let sweepId: string;

beforeAll(async () => {
  server = await startTestServer();
  first = await TestWorker.register(server, 'first');
  second = await TestWorker.register(server, 'second');
});
afterAll(() => server.close());

const yaml = 'method: grid\nprogram: t.py\nmetric: {name: loss}\nparameters: {rank: {values: [1, 2]}}\n';
beforeEach(async () => {
  const { createSweep } = await server.query(
    'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }',
    { input: { yaml } },
  );
  sweepId = createSweep.id;
});

async function trials() {
  const query = `query ($id: ID!) { sweep(id: $id) { state trials { number state attempts run { id state } runs { state error } } } }`;
  return (await server.query(query, { id: sweepId })).sweep;
}

test('a silent worker loses its run, the trial goes to the next with a new token, and the old token writes nothing', async () => {
  const old = await first.claim(sweepId);
  await first.report(old, 1, [point('loss', 1, 5)]);
  server.clock.advance(LEASE_MS + 1);
  const again = await second.claim(sweepId);
  expect(again.trial).toMatchObject({
    id: old.trial!.id,
    number: 1,
    parameters: old.trial!.parameters,
    attempts: 2,
  });
  expect(again.leaseToken).toBe(old.leaseToken + 1);
  expect(again.run!.id).not.toBe(old.run!.id);

  const late = { accepted: false, leaseLost: true, stop: true, stopReason: 'the run is lost' };
  expect(await first.report(old, 2, [point('loss', 2, 0.001)])).toEqual(late);
  const stolen = { ...again, leaseToken: old.leaseToken };
  expect(await first.report(stolen, 1, [point('loss', 2, 0.001)])).toMatchObject({
    accepted: false,
    leaseLost: true,
  });
  expect(await first.finish(old)).toMatchObject({ accepted: false, leaseLost: true, run: { state: 'lost' } });

  expect((await second.complete(again, 'loss', 3)).accepted).toBe(true);
  const [trial] = (await trials()).trials;
  expect(trial).toMatchObject({ state: 'finished', attempts: 2 });
  expect(trial.runs).toEqual([
    { state: 'lost', error: expect.stringContaining('lease ended') },
    { state: 'finished', error: null },
  ]);
  const { run } = await server.query('query ($id: ID!) { run(id: $id) { series { steps } } }', {
    id: old.run!.id,
  });
  expect(run.series).toEqual([{ steps: [1] }]);
});

test('each report renews the lease, and so does one without points', async () => {
  const claim = await first.claim(sweepId);
  for (let batch = 1; batch <= 5; batch++) {
    server.clock.advance(LEASE_MS - 1);
    expect((await first.report(claim, batch)).accepted).toBe(true);
    await second.claim(sweepId).then((other) => other.trial && second.finish(other));
  }
  expect((await first.finish(claim)).accepted).toBe(true);
});

test('a trial that three workers vanish with is failed, not handed out for ever', async () => {
  for (let attempt = 1; attempt <= 3; attempt++) {
    expect((await first.claim(sweepId)).trial).toMatchObject({ number: 1, attempts: attempt });
    server.clock.advance(LEASE_MS + 1);
  }
  const next = await first.claim(sweepId);
  expect(next.trial!.number).toBe(2);
  await first.complete(next, 'loss', 1);
  expect(await trials()).toMatchObject({
    state: 'finished',
    trials: [{ state: 'failed', attempts: 3 }, { state: 'finished' }],
  });
});

test('a silent worker of a cancelled sweep leaves a cancelled trial, not a queued one', async () => {
  await first.claim(sweepId);
  await server.query('mutation ($id: ID!) { cancelSweep(id: $id) { id } }', { id: sweepId });
  server.clock.advance(LEASE_MS + 1);
  expect(await second.claim(sweepId)).toMatchObject({ trial: null, idle: true });
  expect(await trials()).toMatchObject({
    state: 'cancelled',
    trials: [{ state: 'cancelled', run: { state: 'lost' } }],
  });
});

test('a worker that must go hands its trial back', async () => {
  const claim = await first.claim(sweepId);
  expect(await first.finish(claim, 'lost', { stopReason: 'the machine shuts down' })).toMatchObject({
    accepted: true,
  });
  const again = await second.claim(sweepId);
  expect(again.trial).toMatchObject({ number: 1, attempts: 2 });
  await second.finish(again);
});

test('the same end reported twice is one end; another end is refused', async () => {
  const claim = await first.claim(sweepId);
  await first.report(claim, 1, [point('loss', 1, 2)]);
  expect(await first.finish(claim)).toMatchObject({ accepted: true, run: { state: 'finished' } });
  expect(await first.finish(claim)).toMatchObject({ accepted: true, run: { state: 'finished' } });
  expect(await first.finish(claim, 'failed')).toMatchObject({
    accepted: false,
    leaseLost: true,
    run: { state: 'finished' },
  });
  expect((await trials()).trials[0]).toMatchObject({ state: 'finished', attempts: 1 });
});

test('a server that was away takes no lease for it, and everything is still there', async () => {
  const claim = await first.claim(sweepId);
  await first.report(claim, 1, [point('loss', 1, 2), point('loss', 2, 'NaN')]);
  const before = await trials();
  server.clock.advance(10 * LEASE_MS);
  await server.restart();
  expect(await trials()).toEqual(before);
  expect((await second.claim(sweepId)).trial!.number).toBe(2);
  expect(await first.report(claim, 2, [point('loss', 3, 1)])).toMatchObject({ accepted: true });
  const { run } = await server.query('query ($id: ID!) { run(id: $id) { series { steps values } } }', {
    id: claim.run!.id,
  });
  expect(run.series).toEqual([{ steps: [1, 2, 3], values: [2, 'NaN', 1] }]);
});
