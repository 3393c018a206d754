import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LEASE_MS, startTestServer, type TestServer } from './test-server.js';
import { type Claim, point, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server, 'recorder');
});
afterAll(() => server.close());

const dataset = (use: string, hash: string) => ({
  ...{
    use,
    path: `data/${use}.jsonl`,
    name: `${use}.jsonl`,
    contentHash: `content-${hash}`,
    canonicalHash: hash,
  },
  ...{ examples: 12, bytes: 345 },
});
const provenance = { git: { commit: 'abc', dirty: false }, versions: { node: '20' }, startedBy: 'run' };

function describeRun(claim: Claim, more: Record<string, unknown> = {}) {
  const input = {
    runId: claim.run!.id,
    leaseToken: claim.leaseToken,
    provenance,
    datasets: [dataset('train', 'hash1')],
  };
  return server.query('mutation ($input: DescribeRunInput!) { describeRun(input: $input) { id } }', {
    input: { ...input, ...more },
  });
}

test('a run keeps what it read, where it came from and what it scored', async () => {
  const config = { lora: { rank: 8 }, seed: 3 };
  const claim = await worker.open({ name: 'first', config, seed: 3, project: 'records' });
  await describeRun(claim, { datasets: [dataset('train', 'hash1'), dataset('evaluations.era', 'hash2')] });
  await worker.report(claim, 1, [point('in_domain/loss', 5, 2.5)]);
  const evaluation = {
    ...{ name: 'era', role: 'in_domain', datasetHash: 'hash2', items: 12, tokens: 99 },
    ...{ loss: 2.5, bitsPerByte: 1.25, baseLoss: 'NaN', baseBitsPerByte: 'Infinity' },
  };
  const facts = { trainableParameters: 1024, bestStep: 5, seconds: 1.5 };
  await worker.finish(claim, 'finished', { evaluations: [evaluation], facts });
  const { run } = await server.query(
    `query ($id: ID!) { run(id: $id) { name state config configHash seed provenance summary endedAt workerId
      project { name runCount } evaluations { name role datasetHash items tokens loss bitsPerByte baseLoss baseBitsPerByte }
      datasets { use path contentHash dataset { hash name examples bytes firstSeenAt } } } }`,
    { id: claim.run!.id },
  );
  expect(run).toMatchObject({
    ...{ name: 'first', state: 'finished', config, seed: 3, provenance, workerId: worker.id },
    ...{ configHash: expect.stringMatching(/^[0-9a-f]{64}$/), project: { name: 'records', runCount: 1 } },
    summary: { metrics: { 'in_domain/loss': 2.5 }, facts },
    evaluations: [evaluation],
    datasets: [
      { use: 'evaluations.era', dataset: { hash: 'hash2' } },
      {
        use: 'train',
        path: 'data/train.jsonl',
        contentHash: 'content-hash1',
        dataset: { hash: 'hash1', examples: 12 },
      },
    ],
  });
});

test('runs by the dataset that they read, by either hash', async () => {
  const claim = await worker.open({ name: 'reader' });
  await describeRun(claim, { datasets: [dataset('train', 'hash9')] });
  const byHash = async (filter: unknown) =>
    (
      await server.query('query ($filter: RunFilter) { runs(filter: $filter) { items { name } } }', {
        filter,
      })
    ).runs.items;
  expect(await byHash({ datasetHash: 'hash9' })).toEqual([{ name: 'reader' }]);
  expect(await byHash({ datasetHash: 'content-hash9' })).toEqual([{ name: 'reader' }]);
  expect(await byHash({ datasetHash: 'content-hash9'.slice(0, -1) })).toHaveLength(2);
  expect(await byHash({ datasetHash: '%' })).toEqual([]);
  expect(await byHash({ where: [{ path: 'dataset', op: 'in', value: ['hash9', 'x'] }] })).toEqual([
    { name: 'reader' },
  ]);
  expect(await byHash({ where: [{ path: 'dataset', op: 'eq', value: 'no such' }] })).toEqual([]);
  const { dataset: found } = await server.query('{ dataset(hash: "content-hash9") { hash examples } }');
  expect(found).toEqual({ hash: 'hash9', examples: 12 });
});

test('what a check found is kept with the training set, once for the same files and rules', async () => {
  const claim = await worker.open();
  const file = (use: string) => ({ use, contentHash: `content-${use}`, canonicalHash: `checked-${use}` });
  const check = {
    ...{ version: 1, examples: 12, files: [file('train'), file('validation')], counts: { leakage: 1 } },
    findings: [{ kind: 'leakage', items: [{ file: 'train', line: 3 }], detail: 'the same words' }],
  };
  const datasets = [dataset('train', 'checked-train'), dataset('validation', 'checked-validation')];
  await describeRun(claim, { datasets, check });
  await describeRun(claim, { datasets, check });
  const { dataset: read } = await server.query(
    '{ dataset(hash: "checked-train") { uses { use runs } checks { version examples files counts findings } } }',
  );
  expect(read).toEqual({ uses: [{ use: 'train', runs: 1 }], checks: [check] });
  const { datasets: all } = await server.query('{ datasets(first: 1000) { hash checks { version } } }');
  expect(all).toContainEqual({ hash: 'checked-validation', checks: [] });
  await expect(describeRun(claim, { datasets, check: { ...check, files: [file('test')] } })).rejects.toThrow(
    /check.files: found no file of use "train"/,
  );
});

test('a record is described once; the same again is no harm', async () => {
  const claim = await worker.open();
  await describeRun(claim);
  await describeRun(claim);
  await expect(describeRun(claim, { provenance: { git: null } })).rejects.toThrow(/never rewritten/);
  server.clock.advance(LEASE_MS + 1);
  await worker.claim();
  await expect(describeRun(claim)).rejects.toThrow(/no longer this worker's: it is lost/);
});

test('a reproduction is judged against its original, and shown on both', async () => {
  const points = [point('loss', 1, 3), point('loss', 2, 'NaN'), point('train/tokens_per_second', 1, 100)];
  const original = await worker.open({ name: 'original' });
  await worker.report(original, 1, points);
  await expect(worker.open({ reproduces: original.run!.id })).rejects.toThrow(/still running/);
  await worker.finish(original);
  const judge = async (last: number) => {
    const again = await worker.open({ reproduces: original.run!.id.slice(0, 12) });
    const timing = point('train/tokens_per_second', 1, 50);
    await worker.report(again, 1, [point('loss', 1, last), point('loss', 2, 'NaN'), timing]);
    await worker.finish(again);
    const { judgeReproduction } = await server.query(
      `mutation ($input: JudgeInput!) { judgeReproduction(input: $input) {
        originalId reproductionId verdict step metric evidence differences } }`,
      { input: { reproductionId: again.run!.id, differences: [{ field: 'git.commit' }] } },
    );
    return judgeReproduction;
  };
  expect(await judge(3)).toMatchObject({ verdict: 'identical', step: null, originalId: original.run!.id });
  const differs = await judge(4);
  expect(differs).toMatchObject({
    ...{ verdict: 'different', metric: 'loss', step: 1 },
    evidence: {
      ...{ original: 3, reproduction: 4, weights: { why: 'neither run kept an adapter' } },
      kernelNoise: { holds: null, why: expect.stringContaining('does not say on which model') },
      seedVariance: { holds: null, n: 0 },
    },
  });
  expect(differs.differences).toEqual([{ field: 'git.commit' }]);
  const { run } = await server.query('query ($id: ID!) { run(id: $id) { reproductions { verdict } } }', {
    id: original.run!.id,
  });
  expect(run.reproductions.map(({ verdict }: { verdict: string }) => verdict).sort()).toEqual([
    'different',
    'identical',
  ]);
});

test('workers are idle, busy, gone', async () => {
  const fresh = await TestWorker.register(server, 'fresh');
  const stateOf = async () => {
    const { workers } = await server.query('{ workers { id name state currentRunId device } }');
    return workers.find(({ id }: { id: string }) => id === fresh.id);
  };
  expect(await stateOf()).toEqual({
    ...{ id: fresh.id, name: 'fresh', state: 'idle', currentRunId: null, device: { kind: 'cpu' } },
  });
  const claim = await fresh.open();
  expect(await stateOf()).toMatchObject({ state: 'busy', currentRunId: claim.run!.id });
  await fresh.finish(claim);
  server.clock.advance(2 * LEASE_MS + 1);
  expect(await stateOf()).toMatchObject({ state: 'gone', currentRunId: null });
});

test('what is not there is named', async () => {
  const claim = await worker.open();
  await expect(worker.report({ ...claim, run: { id: 'run_none' } }, 1)).rejects.toThrow(
    'there is no run "run_none"',
  );
  await expect(worker.open({ reproduces: 'run_none' })).rejects.toThrow('there is no run "run_none"');
  const stranger = await server
    .query('mutation { claimTrial(input: {workerId: "worker_none"}) { idle } }')
    .catch((error) => error);
  expect([stranger.code, stranger.message]).toEqual(['NOT_FOUND', 'there is no worker "worker_none"']);
});

describe('evidence of a reproduction', () => {
  const places = ['wasm', 'native'].map((name) => ({
    model: { hash: 'model-hash' },
    backend: { name, device: null, threads: 1, versions: { tfjs: '4.22.0', node: '20' } },
    hardware: { cpu: 'test', arch: 'x64', gpus: [] },
  }));
  const series = (values: number[]) => [{ name: 'train/loss', steps: values.map((_, i) => i + 1), values }];
  const run = async (input: Record<string, unknown>, losses: number[], provenance: unknown) => {
    const claim = await worker.open(input);
    await server.query('mutation ($input: DescribeRunInput!) { describeRun(input: $input) { id } }', {
      input: { runId: claim.run!.id, leaseToken: claim.leaseToken, provenance, datasets: [] },
    });
    await worker.report(
      claim,
      1,
      losses.map((loss, i) => point('train/loss', i + 1, loss)),
    );
    await worker.finish(claim);
    return claim.run!.id;
  };
  const judge = async (reproductionId: string, weights?: unknown) => {
    const { judgeReproduction } = await server.query(
      'mutation ($input: JudgeInput!) { judgeReproduction(input: $input) { verdict step metric evidence } }',
      { input: { reproductionId, weights } },
    );
    return judgeReproduction;
  };
  const probes = (id: string, provenance: (typeof places)[number], values: number[]) => {
    const { backend, hardware } = provenance;
    const { node: _, ...versions } = backend.versions;
    const environment = { backend: backend.name, device: null, threads: 1, versions, ...hardware };
    const known = { id, modelHash: 'model-hash', whatHash: 'what', environment, steps: values.length };
    return { ...known, series: series(values), weightDistances: {} };
  };

  test('kernel noise is what probes of both places have shown', async () => {
    const original = await run({ seed: 7, config: { kind: 'noise' } }, [3, 2], places[0]);
    const other = await run({ reproduces: original }, [3, 2.00001], places[1]);
    expect(await judge(other)).toMatchObject({
      ...{ verdict: 'different', step: 2, metric: 'train/loss' },
      evidence: {
        kernelNoise: { holds: null, why: expect.stringContaining('no probe has compared the two') },
      },
    });
    const input = [probes('p1', places[0]!, [5, 4]), probes('p2', places[1]!, [5, 4.000004])];
    await server.query('mutation ($input: [ProbeInput!]!) { recordProbes(input: $input) { id } }', { input });
    expect(await judge(other)).toMatchObject({
      verdict: 'within_kernel_noise',
      evidence: { kernelNoise: { holds: true, bounds: { pairs: 1, steps: 2 } } },
    });
    const far = await run({ reproduces: original }, [3, 2.0001], places[1]);
    expect(await judge(far)).toMatchObject({
      verdict: 'different',
      evidence: { kernelNoise: { holds: false } },
    });
  });

  test('seed variance comes from runs that differ in nothing but their seed', async () => {
    const config = { kind: 'seeds', seed: 1 };
    const original = await run({ seed: 1, config }, [3, 2], places[0]);
    for (const [seed, last] of [
      [2, 2.1],
      [3, 1.9],
      [4, 2.05],
    ] as const) {
      await run({ seed, config: { ...config, seed } }, [3.1, last], places[0]);
    }
    await run({ seed: 5, config: { kind: 'others', seed: 5 } }, [3, 90], places[0]);
    const apart = await run({ seed: 1, config, reproduces: original }, [3.05, 2.12], places[0]);
    expect(await judge(apart)).toMatchObject({
      ...{ verdict: 'within_seed_variance', step: 1 },
      evidence: { seedVariance: { holds: true, n: 3 }, kernelNoise: { holds: null } },
    });
    const off = await run({ seed: 1, config, reproduces: original }, [3.05, 4], places[0]);
    expect((await judge(off)).verdict).toBe('different');
  });

  test('weights that are apart make equal curves different', async () => {
    const original = await run({ seed: 1, config: { kind: 'weights' } }, [3, 2], places[0]);
    const again = await run(
      { seed: 1, config: { kind: 'weights' }, reproduces: original },
      [3, 2],
      places[0],
    );
    const weights = { relative: 0.2, largestModule: 'q_proj', modules: { q_proj: 0.3 }, isIdentical: false };
    expect(await judge(again, weights)).toMatchObject({
      ...{ verdict: 'different', step: null, metric: 'weights of q_proj', evidence: { weights } },
    });
  });

  test('runs are linked with those that they come from', async () => {
    const first = await run({ name: 'first' }, [3], places[0]);
    const again = await run({ reproduces: first }, [3], places[0]);
    const links = [{ fromId: first, kind: 'derives_from', step: 4, changes: { 'lora.rank': 16 } }];
    const variant = await run({ links }, [3], { ...places[0], resumedFrom: { runId: first, step: 4 } });
    const resumed = await run({}, [3], { ...places[0], resumedFrom: { runId: variant, step: 9 } });
    const { lineage } = await server.query(
      'query ($id: ID!) { lineage(runId: $id) { isCut runs { id } links { runId fromId kind step changes } } }',
      { id: resumed },
    );
    expect(lineage.runs.map(({ id }: { id: string }) => id).sort()).toEqual(
      [first, again, variant, resumed].sort(),
    );
    expect(lineage.links).toHaveLength(3);
    expect(lineage.links).toEqual(
      expect.arrayContaining([
        { runId: again, fromId: first, kind: 'reproduces', step: null, changes: {} },
        { runId: variant, fromId: first, kind: 'derives_from', step: 4, changes: { 'lora.rank': 16 } },
        { runId: resumed, fromId: variant, kind: 'resumes', step: 9, changes: {} },
      ]),
    );
    await expect(worker.open({ links: [{ fromId: first, kind: 'copies' }] })).rejects.toThrow(
      'found "copies", allowed are reproduces, resumes, derives_from, warm_starts_from',
    );
  });
});
