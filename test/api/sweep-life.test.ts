import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { replaySuggestions } from '../../src/search/replay.js';
import { policyOf } from '../../src/search/suggest.js';
import { RequestError, startTestServer, type TestServer } from './test-server.js';
import { type Claim, point, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;

beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

// biome-ignore lint/suspicious/noTemplateCurlyInString: W&B's macros look like templates
const command = 'program: train.py\ncommand: ["${interpreter}", "${program}", "${args}", "${envvar:USER}"]\n';
/** stays as it is: the worker fills it in */
const variable = command.match(/"(\$\{envvar:USER\})"/)![1];
const grid = `method: grid\nname: small grid\nproject: grids\n${command}
metric: {name: loss, goal: minimize}
parameters:
  rate: {values: [0.1, 0.2]}
  rank: {values: [1, 2, 4]}
`;
const random = (cap: number) => `method: random\nseed: 7\nrun_cap: ${cap}\n${command}
metric: {name: loss, goal: minimize}
parameters:
  rate: {min: 0.0, max: 1.0}
`;
const trainerSweep = `method: grid
metric: {name: in_domain/loss, goal: minimize}
parameters: {lora.rank: {values: [2, 4]}}
run:
  model: models/m
  data: {train: t.jsonl}
  evaluations: [{name: era, role: in_domain, data: e.jsonl}]
  steps: 5
  seed: 5
`;
const SWEEP = `id name state method runCap plannedTrials trialCounts endedAt
  trials { number state parameters why objective attempts run { state trialNumber config } }
  best { number objective } project { name sweepCount }`;

async function createSweep(yaml: string) {
  const { createSweep } = await server.query(
    `mutation ($input: CreateSweepInput!) { createSweep(input: $input) { ${SWEEP} } }`,
    { input: { yaml, source: 'test.yaml' } },
  );
  return createSweep;
}

async function read(id: string) {
  return (await server.query(`query ($id: ID!) { sweep(id: $id) { ${SWEEP} recommendation } }`, { id }))
    .sweep;
}

/** Changes a sweep behind the server's back. */
const editConfig = (id: string, from: string, to: string) =>
  server.sql(`UPDATE sweep SET config = replace(config, '${from}', '${to}') WHERE id = '${id}'`);

const act = (name: string, id: string) =>
  server.query(`mutation ($id: ID!) { ${name}(id: $id) { id state } }`, { id });

/** Claims and completes trials until nothing is left. */
async function drain(sweepId: string, objective: (claim: Claim) => number | string): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (;;) {
    const claim = await worker.claim(sweepId);
    if (claim.trial === null) return claims;
    claims.push(claim);
    await worker.complete(claim, 'loss', objective(claim));
  }
}

describe('a grid', () => {
  test('hands out each point once, then the sweep is finished', async () => {
    const created = await createSweep(grid);
    expect(created).toMatchObject({
      state: 'running',
      plannedTrials: 6,
      project: { name: 'grids', sweepCount: 1 },
    });
    const claims = await drain(
      created.id,
      ({ trial }) => Number(trial!.parameters.rate) * Number(trial!.parameters.rank),
    );
    const points = claims.map(({ trial }) => JSON.stringify(trial!.parameters));
    expect(new Set(points).size).toBe(6);
    const sweep = await read(created.id);
    expect(sweep.state).toBe('finished');
    const filter = { sweepId: created.id.slice(0, -1), states: ['finished'] };
    const { runs } = await server.query('query ($filter: RunFilter) { runs(filter: $filter) { total } }', {
      filter,
    });
    expect(runs.total).toBe(6);
    expect(sweep.endedAt).not.toBeNull();
    expect(sweep.trialCounts).toMatchObject({ finished: 6, queued: 0, running: 0 });
    expect(sweep.best).toEqual({ number: 1, objective: 0.1 });
    expect(sweep.trials.map((t: { number: number }) => t.number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(claims[0]!.command!.slice(1)).toEqual(['train.py', '--rate=0.1', '--rank=1', variable]);
    expect((await worker.claim(created.id)).idle).toBe(true);
  });

  test('four workers asking at once get each trial exactly once', async () => {
    const { id } = await createSweep(grid);
    const workers = await Promise.all([1, 2, 3, 4].map((n) => TestWorker.register(server, `w${n}`)));
    const rounds = await Promise.all([...workers, ...workers].map((one) => one.claim(id)));
    const claimed = rounds.filter(({ trial }) => trial !== null);
    expect(claimed.map(({ trial }) => trial!.number).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(claimed.map(({ run }) => run!.id)).size).toBe(6);
    const left = rounds.filter(({ trial }) => trial === null);
    expect(left.every(({ idle, waitMs }) => !idle && waitMs! > 0)).toBe(true);
    for (const claim of claimed) await worker.complete(claim, 'loss', 1);
    expect((await read(id)).state).toBe('finished');
  });
});

describe('random and Bayesian search', () => {
  test('the same seed gives the same trials; run_cap ends the sweep', async () => {
    const first = await createSweep(random(4));
    const second = await createSweep(random(4));
    const rates = async (id: string) => (await drain(id, () => 1)).map(({ trial }) => trial!.parameters);
    const drawn = await rates(first.id);
    expect(drawn).toHaveLength(4);
    expect(await rates(second.id)).toEqual(drawn);
    expect((await read(first.id)).state).toBe('finished');
  });

  test('the model learns from what was reported, NaN included, and says why', async () => {
    const yaml = random(9).replace('method: random', 'method: bayes');
    const { id } = await createSweep(yaml);
    await drain(id, ({ trial }) => {
      const rate = Number(trial!.parameters.rate);
      return trial!.number === 2 ? 'NaN' : (rate - 0.3) ** 2;
    });
    const { trials, best } = await read(id);
    expect(trials[1]).toMatchObject({ objective: 'NaN', state: 'finished' });
    expect(trials.at(-1).why.kind).toMatch(/exploit|explore/);
    expect(best.number).not.toBe(2);
    expect(best.objective).toBeLessThan(0.05);
  });

  test('says which parameters matter, and what a model believes along each', async () => {
    const INSIGHT = `query ($id: ID!, $only: [String!]) { sweep(id: $id) {
      importance { shares { parameters share deviation } explained trials leftOut }
      slices(parameters: $only) { parameter kind heldAtTrial values means lows highs } } }`;
    const { id } = await createSweep(random(8).replace('rate:', 'other: {values: [a, b]}\n  rate:'));
    const none = (await server.query(INSIGHT, { id })).sweep;
    expect(none).toEqual({ importance: { shares: [], explained: null, trials: 0, leftOut: [] }, slices: [] });
    await drain(id, (claim) => (claim.trial!.parameters.rate as number) ** 2);
    const { importance, slices } = (await server.query(INSIGHT, { id })).sweep;
    expect(importance.shares[0].parameters).toEqual(['rate']);
    expect(importance.trials).toBe(8);
    expect(slices.map(({ parameter }: { parameter: string }) => parameter)).toEqual(['other', 'rate']);
    expect(slices[0]).toMatchObject({ kind: 'unordered', values: ['a', 'b'] });
    expect(slices[1].means[0]).toBeLessThan(slices[1].means.at(-1));
    const { best } = await read(id);
    expect((await server.query(INSIGHT, { id, only: ['rate'] })).sweep.slices).toEqual([slices[1]]);
    expect(best.objective).toBeLessThanOrEqual(slices[1].highs[0]);
  });

  test('the target ends the search', async () => {
    const yaml = random(50).replace('goal: minimize', 'goal: minimize, target: 0.5');
    const { id } = await createSweep(yaml);
    const claims = await drain(id, ({ trial }) => 1 / trial!.number);
    expect(claims).toHaveLength(2);
    expect((await read(id)).state).toBe('finished');
  });
});

test('sweeps are listed newest first, page by page', async () => {
  const all: string[] = [];
  const query = `query ($after: String, $states: [SweepState!]) {
    sweeps(first: 2, after: $after, states: $states) { total next items { id createdAt } } }`;
  let after: string | null = null;
  do {
    const { sweeps } = await server.query(query, { after });
    all.push(...sweeps.items.map(({ id }: { id: string }) => id));
    expect(sweeps.items.length).toBeLessThanOrEqual(2);
    after = sweeps.next;
    if (after === null) expect(new Set(all).size).toBe(sweeps.total);
  } while (after !== null);
  expect((await server.query(query, { states: [] })).sweeps.total).toBe(0);
  expect((await server.query(query, { states: ['paused'] })).sweeps.total).toBe(0);
});

describe('people', () => {
  test('a paused sweep gives no trials; resumed, it goes on', async () => {
    const { id } = await createSweep(random(2));
    await act('pauseSweep', id);
    expect(await worker.claim(id)).toMatchObject({ trial: null, idle: true });
    await act('resumeSweep', id);
    expect((await drain(id, () => 1)).length).toBe(2);
    await expect(act('resumeSweep', id)).rejects.toThrow(/is finished: it cannot become running/);
  });

  test('a cancelled sweep stops its running trials with their next report', async () => {
    const { id } = await createSweep(random(2));
    const claim = await worker.claim(id);
    expect(await worker.report(claim, 1)).toMatchObject({ accepted: true, stop: false });
    await act('cancelSweep', id);
    expect(await worker.report(claim, 2)).toMatchObject({
      stop: true,
      stopReason: 'the sweep was cancelled',
    });
    const { run } = await worker.finish(claim, 'stopped');
    expect(run).toMatchObject({ state: 'cancelled', stopReason: 'the sweep was cancelled' });
    expect(await read(id)).toMatchObject({ state: 'cancelled', trialCounts: { cancelled: 1, running: 0 } });
  });

  test('one run is stopped by its ID or the beginning of it', async () => {
    const { id } = await createSweep(random(2));
    const claim = await worker.claim(id);
    const prefix = claim.run!.id.slice(0, 11);
    expect((await act('stopRun', prefix)).stopRun.id).toBe(claim.run!.id);
    expect((await worker.report(claim, 1)).stop).toBe(true);
    expect((await worker.finish(claim, 'stopped')).run.state).toBe('cancelled');
    await act('cancelSweep', id);
  });
});

test('early termination stops what is worse than its peers, and keeps the reason', async () => {
  const yaml = `${random(6)}early_terminate: {type: hyperband, min_iter: 2, eta: 2}\n`;
  const { id } = await createSweep(yaml);
  const losses = async (claim: Claim, loss: number) => {
    for (let step = 1; step <= 4; step++) {
      const answer = await worker.report(claim, step, [point('loss', step, loss / step)]);
      if (answer.stop) return answer;
    }
    return null;
  };
  for (const loss of [1, 2, 3]) {
    const claim = await worker.claim(id);
    await losses(claim, loss);
    await worker.finish(claim);
  }
  const bad = await worker.claim(id);
  const stopped = await losses(bad, 100);
  expect(stopped).toMatchObject({ stop: true, stopReason: expect.stringContaining('is worse than') });
  expect((await worker.finish(bad, 'stopped')).run).toEqual(
    expect.objectContaining({ state: 'stopped', stopReason: stopped!.stopReason }),
  );
  expect((await read(id)).trials[3]).toMatchObject({ state: 'stopped' });
  const query = `query ($id: ID!) { sweep(id: $id) { trials { stopDecisions { rung rule stop value threshold peers why } } } }`;
  const { sweep } = await server.query(query, { id });
  expect(sweep.trials[3]!.stopDecisions).toEqual([
    {
      ...{ rung: 2, rule: 'hyperband', stop: true, value: 100 / 3, threshold: 1, peers: 3 },
      why: stopped!.stopReason,
    },
  ]);
  expect(sweep.trials[0]!.stopDecisions).toMatchObject([{ rung: 2, stop: false, value: 1 / 3 }]);
  await act('cancelSweep', id);
});

test('a stopped trial counts by the end that it was heading for, and replay sees the same', async () => {
  const yaml = `${random(7).replace('method: random', 'method: bayes')}early_terminate: {type: hyperband, min_iter: 4, eta: 2}\n`;
  const { id } = await createSweep(yaml);
  for (const end of [1, 1.2, 1.4, 1.6, 9]) {
    const claim = await worker.claim(id);
    for (let step = 1; step <= 8; step++) {
      if ((await worker.report(claim, step, [point('loss', step, end + 1 / step)])).stop) break;
    }
    await worker.finish(claim, end === 9 ? 'stopped' : undefined);
  }
  await worker.claim(id);
  const fields = 'number state objective predicted parameters replicate historyHash historyChanges';
  const { sweep } = await server.query(
    `query ($id: ID!) { sweep(id: $id) { seed config trials { ${fields} } } }`,
    {
      id,
    },
  );
  const { objective, predicted } = sweep.trials[4];
  expect(objective).toBe(9.2);
  expect(predicted.mean).toBeGreaterThan(9);
  expect(predicted.mean).toBeLessThan(9.2);
  expect(sweep.trials[5].historyChanges).toContainEqual([5, 'stopped', predicted.mean, predicted.variance]);
  const stored = sweep.trials.map((row: Record<string, unknown>) => ({ ...row, params: row.parameters }));
  const policy = policyOf(sweep.config);
  const replayed = [...replaySuggestions(sweep.config.parameters, [], stored, () => policy, sweep.seed)];
  expect(replayed.map(({ verdict }) => verdict)).toEqual(Array(6).fill('same'));
  await act('cancelSweep', id);
});

test('errors of the YAML come with field, line and column', async () => {
  const yaml = 'method: rndom\nparameters:\n  rate:\n    min: 1\n    max: 0\n';
  const refused = (await createSweep(yaml).catch((error) => error)) as RequestError;
  expect(refused).toBeInstanceOf(RequestError);
  expect(refused.code).toBe('INVALID_INPUT');
  const method = refused.problems.find(({ field }) => field === 'method');
  expect(method).toMatchObject({
    line: 1,
    column: expect.any(Number),
    message: expect.stringContaining('random'),
  });
  expect(refused.problems.some(({ field, line }) => field.startsWith('parameters.rate') && line! >= 3)).toBe(
    true,
  );
});

test('a sweep of the built-in trainer hands out complete configs', async () => {
  const { id } = await createSweep(trainerSweep);
  const claim = await worker.claim(id);
  expect(claim.command).toBeNull();
  expect(claim.config).toMatchObject({ lora: { rank: 2, alpha: 16 }, optimizer: { beta2: 0.999 }, seed: 5 });
  await act('cancelSweep', id);
});

test('a sweep whose search fails is paused, and the others go on', async () => {
  const logged = jest.spyOn(console, 'error').mockImplementation(() => {});
  const faulty = await createSweep(random(2));
  server.clock.advance(1);
  const healthy = await createSweep(random(2));
  await editConfig(faulty.id, '"method":"random"', '"method":"grid"');
  const claim = await worker.claim();
  expect(claim.run).not.toBeNull();
  expect((await read(healthy.id)).trials).toHaveLength(1);
  expect(await read(faulty.id)).toMatchObject({ state: 'paused', trials: [] });
  expect(logged.mock.calls[0]![0]).toContain(`the search of ${faulty.id} failed, the sweep is paused`);
  logged.mockRestore();
  await act('cancelSweep', healthy.id);
});

test('a paused sweep whose last trial ends is finished', async () => {
  const { id } = await createSweep(random(1));
  const claim = await worker.claim(id);
  await act('pauseSweep', id);
  await worker.complete(claim, 'loss', 1);
  expect((await read(id)).state).toBe('finished');
});

test('a trial whose config an update of the program no longer takes is failed and says why', async () => {
  const { id } = await createSweep(trainerSweep);
  await editConfig(id, '"run":{', '"run":{"batchSize":-1,');
  expect(await worker.claim(id)).toMatchObject({ trial: null, idle: true });
  const { sweep } = await server.query(
    'query ($id: ID!) { sweep(id: $id) { state trials { state run { state error } } } }',
    { id },
  );
  const run = { state: 'failed', error: expect.stringContaining('batchSize') };
  expect(sweep).toEqual({
    state: 'finished',
    trials: [
      { state: 'failed', run },
      { state: 'failed', run },
    ],
  });
});
