import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
