import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ApiClient } from '../../src/api-client/api-client.js';
import {
  DescribeRunDocument,
  FinishRunDocument,
  OpenRunDocument,
  RegisterWorkerDocument,
  ReportProgressDocument,
  RunRecordDocument,
  RunSeriesDocument,
} from '../../src/api-client/operations.generated.js';
import { BACKENDS } from '../../src/core/run-config.js';
import { type RunningServer, startServer } from '../../src/main.js';
import { loadCheckpoint } from '../../src/training/checkpoint.js';

jest.setTimeout(120_000);

const MAIN = resolve('dist/src/cli/main.js');
const NO_SERVER = 'http://127.0.0.1:9';
let server: RunningServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ranksweep-cli-'));
  server = await startServer({ port: 0, dataFolder: join(folder, 'data') });
  mkdirSync(join(folder, 'texts'));
  writeRecords('train.jsonl', ['The union is strong.', 'We shall do our work.', 'Peace is our aim.']);
  writeRecords('old.jsonl', ['CALL ME ISHMAEL.', 'A WHALE IS NO FISH.', 'THE SEA ROLLED ON.']);
  writeFileSync(join(folder, 'run.yaml'), runYaml());
});

afterAll(() => server?.close());

function writeRecords(name: string, lines: string[]): void {
  const records = lines.map((text) => `${JSON.stringify({ text: text.repeat(4) })}\n`);
  writeFileSync(join(folder, 'texts', name), records.join(''));
}

/** As small as a run of the built-in trainer can be. */
function runYaml(): string {
  return [
    `model: ${resolve('models/nano')}`,
    'data: {train: texts/train.jsonl}',
    'evaluations: [{name: old, role: base_capability, data: texts/old.jsonl}]',
    'steps: 3\nbatchSize: 2\nsequenceLength: 16\nbackend: wasm',
    'lora: {rank: 2, dropout: 0.1}\noptimizer: {learningRate: 0.01}\n',
  ].join('\n');
}

async function ranksweep(args: string[], url = server.url) {
  const env = { ...process.env, RANKSWEEP_URL: url };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (text) => {
    output += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise((end) => child.on('close', end));
  return { code, output, errors };
}

describe('the command line', () => {
  it('prints file:line:column, field, what was found and what is allowed for a faulty sweep', async () => {
    writeFileSync(
      join(folder, 'faulty.yaml'),
      'method: gird\nrun_cap: 3\ncommand: [x]\nparameters:\n  a: {values: []}\n',
    );
    const { code, output, errors } = await ranksweep(['sweep', 'faulty.yaml']);
    expect([code, output]).toEqual([2, '']);
    expect(errors).toMatch(/^2 problems in faulty.yaml\nfaulty.yaml:1:9 method: found "gird".*"grid"/);
    expect(errors).toContain('faulty.yaml:5:15 parameters.a.values: ');
  });

  it('gives the same problems as JSON', async () => {
    const { code, output, errors } = await ranksweep(['sweep', 'faulty.yaml', '--json']);
    expect([code, errors]).toEqual([2, '']);
    expect(JSON.parse(output).error).toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ field: 'method', line: 1, column: 9 }, {}],
    });
  });

  it('says in a sentence when the server is not there: exit code 3', async () => {
    for (const args of [
      ['export', 'run_x'],
      ['reproduce', 'run_x'],
      ['run', 'run.yaml'],
    ]) {
      const { code, errors } = await ranksweep(args, NO_SERVER);
      expect(code).toBe(3);
      expect(errors).toMatch(/^The server at http:\/\/127.0.0.1:9 does not answer .*npx ranksweep serve/);
      expect(errors.trim().split('\n')).toHaveLength(1);
    }
  });

  it('refuses what it does not know: exit code 2', async () => {
    expect(await ranksweep(['swep'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('Did you mean sweep?'),
    });
    expect(await ranksweep(['export', 'run_nowhere'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('There is no run run_nowhere'),
    });
    expect(await ranksweep(['run', 'run.yaml', '--set', 'lora.rank=0'])).toMatchObject({
      code: 2,
      errors: expect.stringContaining('lora.rank: '),
    });
    expect(await ranksweep(['serve', '--port', 'x'])).toMatchObject({ code: 2 });
  });

  it('helps with every command', async () => {
    for (const name of ['serve', 'worker', 'sweep', 'run', 'reproduce', 'export', 'doctor', 'quickstart']) {
      expect(await ranksweep([name, '--help'])).toMatchObject({
        code: 0,
        output: expect.stringContaining('--json'),
      });
    }
  });

  it('says that a port is taken', async () => {
    const { port } = new URL(server.url);
    const { code, errors } = await ranksweep(['serve', '--port', port, '--data', join(folder, 'other')]);
    expect(code).toBe(1);
    expect(errors).toContain(`port ${port} is in use`);
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  it('examines the machine', async () => {
    const { code, output } = await ranksweep(['doctor', '--json']);
    const findings = JSON.parse(output) as { name: string; ok: boolean | null; says: string }[];
    const find = (name: string) => findings.find((finding) => finding.name.trim() === name);
    expect(code).toBe(0);
    expect(find('database')).toMatchObject({ ok: true, says: expect.stringContaining('SQLite') });
    expect(find('wasm')).toMatchObject({ ok: true });
    const rungs = findings.filter(({ name }) => name.startsWith('  '));
    expect(rungs.map(({ name }) => name.trim())).toEqual(BACKENDS.filter((backend) => backend !== 'auto'));
    for (const { ok, says } of rungs)
      expect(says).toMatch(ok ? /^works: .*tfjs 4/ : /not installed|no GPU found/);
    expect(find('server')).toMatchObject({ ok: true, says: expect.stringContaining(server.url) });
  });
});

describe('a run, outside of any sweep', () => {
  let id: string;

  it('is trained here and recorded there', async () => {
    const { code, output } = await ranksweep(['run', 'run.yaml', '--set', 'seed=5', '--json']);
    expect(code).toBe(0);
    const run = JSON.parse(output);
    id = run.id;
    expect(run).toMatchObject({
      state: 'finished',
      seed: 5,
      config: { seed: 5, steps: 3, lora: { rank: 2, alpha: 16 } },
    });
    expect(run.provenance).toMatchObject({
      startedBy: 'run',
      backend: { name: 'wasm' },
      lockFile: { path: 'package-lock.json' },
    });
    expect(run.datasets.map(({ use }: { use: string }) => use).sort()).toEqual(['evaluations.old', 'train']);
    expect(run.summary.facts.trainableParameters).toBeGreaterThan(0);
    expect(run.evaluations).toMatchObject([{ name: 'old', role: 'base_capability' }]);
  });

  it('is exported with config, metrics, evaluations, adapter and datasets', async () => {
    const { code, output } = await ranksweep(['export', id.slice(0, 8), '--output', 'taken', '--json']);
    expect(code).toBe(0);
    const { files } = JSON.parse(output);
    for (const file of files) expect(existsSync(join(folder, 'taken', file))).toBe(true);
    expect(files).toEqual(
      expect.arrayContaining([
        'adapter/adapter_config.json',
        'adapter/adapter_model.safetensors',
        'datasets/train.jsonl',
      ]),
    );
    const rows = readFileSync(join(folder, 'taken', 'metrics.csv'), 'utf8').split('\n');
    expect(rows[0]).toBe('metric,step,value,time');
    expect(rows.filter((row) => row.startsWith('train/loss,'))).toHaveLength(3);
    expect(JSON.parse(readFileSync(join(folder, 'taken', 'config.json'), 'utf8')).seed).toBe(5);
  });

  it('is exported as a whole model too', async () => {
    const { code, output } = await ranksweep(['export', id, '--output', 'whole', '--merged', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(output).files).toContain('merged/model.safetensors');
    const merged = await loadCheckpoint(join(folder, 'whole', 'merged'));
    const { weights } = await loadCheckpoint(resolve('models/nano'));
    const name = 'model.layers.0.mlp.up_proj.weight';
    expect(merged.weights.get(name)).not.toEqual(weights.get(name));
    expect(merged.weights.get('model.norm.weight')).toEqual(weights.get('model.norm.weight'));
  });

  it('is reproduced, bit by bit, even when its data is gone from here', async () => {
    rmSync(join(folder, 'texts', 'train.jsonl'));
    writeFileSync(join(folder, 'texts', 'old.jsonl'), '{"text": "not what it was"}\n');
    const { code, output, errors } = await ranksweep(['reproduce', id, '--json']);
    expect([code, errors]).toEqual([0, '']);
    const verdict = JSON.parse(output);
    expect(verdict).toMatchObject({ verdict: 'identical', originalId: id, step: null, differences: [] });
    expect(verdict.evidence.comparedPoints).toBeGreaterThanOrEqual(3 * 3);
  });

  it('is judged to differ where it does: exit code 1', async () => {
    const falsified = await recordFalsified(id);
    const { code, output } = await ranksweep(['reproduce', falsified]);
    expect(code).toBe(1);
    expect(output).toMatch(/^Different, first at step 2 in train\/loss: 99 then, \d\.\d+ now\./);
  });

  it('fails, and says why, when its base model is not there', async () => {
    const set = ['--set', 'model=gone', '--set', 'data.train=taken/datasets/train.jsonl'];
    const { code, output } = await ranksweep(['run', 'taken/config.yaml', ...set, '--json']);
    expect(code).toBe(1);
    const run = JSON.parse(output);
    expect(run).toMatchObject({ state: 'failed', error: expect.stringContaining('gone') });
    expect(run.provenance).toMatchObject({ executes: 'trainer', startedBy: 'run', model: null });
  });

  it('is not reproduced when an input is nowhere, and that input is named', async () => {
    const { runs } = await ask('{ runs(filter: {states: [failed]}) { items { id } } }');
    const { code, errors } = await ranksweep(['reproduce', runs.items[0].id]);
    expect(code).toBe(1);
    expect(errors).toContain('gone');
  });
});

async function ask(query: string) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query }),
  });
  return (await response.json()).data;
}

/** A run with everything that the given one has, but another loss at step 2. */
async function recordFalsified(id: string): Promise<string> {
  const client = new ApiClient(server.url);
  const original = (await client.request(RunRecordDocument, { id })).run!;
  const worker = { name: 'forger', host: 'test', device: {} };
  const workerId = (await client.request(RegisterWorkerDocument, { input: worker })).registerWorker.id;
  const opened = { workerId, config: original.config, seed: original.seed };
  const { openRun } = await client.request(OpenRunDocument, { input: opened });
  const run = { runId: openRun.run!.id, leaseToken: openRun.leaseToken! };
  const datasets = original.datasets.map(({ use, path, dataset }) => ({
    ...{ use, path, name: dataset.name, contentHash: dataset.contentHash, canonicalHash: dataset.hash },
    ...{ examples: dataset.examples, bytes: dataset.bytes },
  }));
  await client.request(DescribeRunDocument, { input: { ...run, provenance: original.provenance, datasets } });
  const { series } = (await client.request(RunSeriesDocument, { id, maxPoints: 1000 })).run!;
  const points = series.flatMap(({ name, steps, values, times }) =>
    steps.map((step, i) => {
      const value = name === 'train/loss' && step === 2 ? 99 : values[i]!;
      return { metric: name, step, value, time: times[i]! };
    }),
  );
  await client.request(ReportProgressDocument, { input: { ...run, batch: 1, points } });
  const { artifacts } = original;
  await client.request(FinishRunDocument, { input: { ...run, state: 'finished', artifacts } });
  return run.runId;
}
