import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { meanDeviation } from '../../src/analysis/mean-deviation.js';
import { RunRecordDocument } from '../../src/api-client/operations.generated.js';
import { type ComparisonRow, rowOf } from '../../src/cli/comparison/comparison-rows.js';
import { comparisonTable } from '../../src/cli/comparison/comparison-table.js';
import {
  checkComparison,
  configOf,
  type Entrant,
  entrantsOf,
  METHODS,
} from '../../src/cli/comparison/entrants.js';
import { type Measurement, measurementOf } from '../../src/cli/comparison/measurement.js';
import { runConfigSchema } from '../../src/core/run-config.js';
import { makeRun } from '../training/tiny-model.js';
import { startTestServer } from '../worker/server.js';

jest.setTimeout(240_000);

const MAIN = resolve('dist/src/cli/main.js');
const COMMAND = ['compare-methods', 'run.yaml'];

const CONFIG = runConfigSchema.parse({
  ...{ model: 'm', data: { train: 't' }, steps: 5, quantization: 'nf4', optimizer: { learningRate: 0.02 } },
});
const SETTINGS = { methods: METHODS, ranks: [16, 1, 4], rates: null, rateOf: {} };

describe('what is compared', () => {
  it('is full, LoRA by rank, and quantised LoRA at the middle rank; full at a tenth of the rate', () => {
    const rows = entrantsOf(CONFIG, SETTINGS).map(({ label, learningRate }) => [label, learningRate]);
    expect(rows).toEqual([
      ['full', 0.002],
      ['LoRA r=1', 0.02],
      ['LoRA r=4', 0.02],
      ['LoRA r=16', 0.02],
      ['LoRA r=4, int8', 0.02],
      ['LoRA r=4, nf4', 0.02],
    ]);
  });

  it("takes rates that are given, a method's own before those for all", () => {
    const settings = {
      ...SETTINGS,
      methods: ['full', 'lora'] as const,
      ranks: [2],
      rates: [1, 2],
      rateOf: { full: 3 },
    };
    expect(entrantsOf(CONFIG, settings).map(({ learningRate }) => learningRate)).toEqual([3, 1, 2]);
    expect(() => checkComparison(CONFIG, settings)).toThrow('--rates: found 2 rates without data.validation');
  });

  it('differs from the file in method, rank, quantisation, rate and seed only', () => {
    const [full, , lora] = entrantsOf(CONFIG, SETTINGS) as [Entrant, Entrant, Entrant];
    expect(configOf(CONFIG, full, 3)).toEqual({
      ...{ ...CONFIG, method: 'full', quantization: 'none', seed: 3 },
      optimizer: { ...CONFIG.optimizer, learningRate: 0.002 },
    });
    const other = configOf(CONFIG, lora, 0);
    expect(other).toEqual({ ...CONFIG, quantization: 'none', lora: { ...CONFIG.lora, rank: 4 } });
    expect(runConfigSchema.parse(other)).toEqual(other);
  });
});

const ENTRANT: Entrant = {
  label: 'LoRA r=1',
  method: 'lora',
  rank: 1,
  quantization: 'none',
  learningRate: 0.1,
};

function measured(changes: Partial<Measurement> = {}): Measurement {
  const evaluation = { name: 'a', items: 1, bytes: 1, bitsPerByte: 1, baseBitsPerByte: 1, dataset: 'x' };
  const facts = { trainableParameters: 100, totalParameters: 1100, peakMemoryBytes: 2e8, seconds: 3 };
  const evaluations = [
    { ...evaluation, role: 'in_domain' as const, tokens: 10, loss: 1, baseLoss: 3 },
    { ...evaluation, role: 'out_of_domain' as const, tokens: 30, loss: 2, baseLoss: 3 },
    { ...evaluation, role: 'out_of_domain' as const, tokens: 10, loss: 4, baseLoss: 5 },
    { ...evaluation, role: 'base_capability' as const, tokens: 10, loss: 3.5, baseLoss: 3 },
  ];
  const ending = { outcome: 'finished' as const, reason: null, error: null, facts, evaluations };
  const observed = {
    runId: 'run_1',
    ending,
    speeds: [90, 100, 1000],
    validationLoss: 2,
    checkpointBytes: 5000,
  };
  return { ...measurementOf(observed), ...changes };
}

describe('a row', () => {
  it('holds means over seeds, and deviations of the sample', () => {
    const runs = [
      measured(),
      measured({ peakMemoryBytes: 3e8, losses: { in_domain: { loss: 2, baseLoss: 3 } } }),
    ];
    const row = rowOf([{ entrant: ENTRANT, runs }]);
    expect(row).toMatchObject({ finished: 2, problem: null, reduction: 10, checkpointBytes: 5000 });
    expect(row.inDomain).toEqual({ mean: 1.5, deviation: Math.SQRT1_2 });
    expect(row.outOfDomain).toEqual({ mean: 2.5, deviation: null });
    expect(row.baseCapabilityChange).toEqual({ mean: 0.5, deviation: null });
    expect(row.tokensPerSecond!.mean).toBe(100);
    expect(meanDeviation([])).toBeNull();
  });

  it('is that of the rate with the lowest validation loss; a rate that diverged never is it', () => {
    const at = (learningRate: number, changes: Partial<Measurement>) => ({
      entrant: { ...ENTRANT, learningRate },
      runs: [measured(changes)],
    });
    const diverged = at(9, { outcome: 'diverged', reason: 'the loss is NaN', validationLoss: 0 });
    const row = rowOf([diverged, at(1, { validationLoss: 2 }), at(2, { validationLoss: 1.5 })]);
    expect(row).toMatchObject({ learningRate: 2, ratesTried: 3, problem: null });
    expect(rowOf([diverged])).toMatchObject({
      finished: 0,
      problem: 'diverged: the loss is NaN',
      inDomain: null,
    });
  });

  it('is a line of the table, and what failed a line below', () => {
    const failed = rowOf([
      {
        entrant: { ...ENTRANT, label: 'full' },
        runs: [measured({ outcome: 'failed', reason: 'no memory' })],
      },
    ]);
    const rows: ComparisonRow[] = [rowOf([{ entrant: ENTRANT, runs: [measured(), measured()] }]), failed];
    const lines = comparisonTable(rows, measured().losses)
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(lines[2]).toEqual(['base, untrained', ...Array(7).fill('–'), '3.000', '3.500', '0']);
    expect(lines[3]).toEqual([
      ...['LoRA r=1', '0.1', '100', '10x', '5 kB', '200 MB ± 0 bytes', '3.0 s ± 0.0 s', '100 ± 0'],
      ...['1.000 ± 0.000', '2.500 ± 0.000', '+0.5 ± 0.000'],
    ]);
    expect(lines.at(-1)).toEqual(['full: failed: no memory']);
  });
});

describe('ranksweep compare-methods', () => {
  let folder: string;

  beforeAll(async () => {
    const made = await makeRun({ steps: 3, batchSize: 2, evaluationInterval: null });
    folder = made.folder;
    writeFileSync(join(folder, 'run.yaml'), JSON.stringify(made.config));
  });

  function compare(...args: string[]) {
    const { RANKSWEEP_URL: _, ...env } = process.env;
    return spawnSync(process.execPath, [MAIN, ...COMMAND, ...args], { cwd: folder, env, encoding: 'utf8' });
  }

  it('runs each method in a process of its own and measures it', () => {
    const { status, stdout } = compare('--ranks', '1,2', '--json');
    expect(status).toBe(0);
    const { rows, base } = JSON.parse(stdout) as { rows: ComparisonRow[]; base: Measurement['losses'] };
    expect(rows.map(({ label }) => label)).toEqual([
      'full',
      'LoRA r=1',
      'LoRA r=2',
      'LoRA r=1, int8',
      'LoRA r=1, nf4',
    ]);
    const [full, one, two, int8] = rows as [ComparisonRow, ComparisonRow, ComparisonRow, ComparisonRow];
    expect(one).toMatchObject({ trainableParameters: 2 * 232, finished: 1, runIds: [] });
    expect(two.trainableParameters).toBe(2 * one.trainableParameters!);
    expect(full.reduction).toBe(1);
    expect(one.reduction).toBeCloseTo(full.trainableParameters! / one.trainableParameters!, 10);
    expect(full.checkpointBytes).toBeGreaterThan(4 * full.trainableParameters!);
    expect(one.checkpointBytes).toBeLessThan(full.checkpointBytes! / 5);
    for (const row of rows) {
      expect(row.peakMemoryBytes!.mean).toBeGreaterThan(50e6);
      expect(row.tokensPerSecond!.mean).toBeGreaterThan(0);
      expect(row.inDomain!.mean).not.toBe(base.in_domain!.baseLoss);
    }
    expect(int8.inDomain!.mean).not.toBe(one.inDomain!.mean);
  });

  it('records the runs on a server, if there is one', async () => {
    const server = await startTestServer();
    try {
      const child = spawn(
        process.execPath,
        [MAIN, ...COMMAND, '--methods', 'lora', '--ranks', '2', '--json', '--url', server.url],
        { cwd: folder },
      );
      let output = '';
      child.stdout.on('data', (text) => {
        output += text;
      });
      expect(await new Promise((end) => child.on('close', end))).toBe(0);
      const [row] = JSON.parse(output).rows as ComparisonRow[];
      const { run } = await server.client.request(RunRecordDocument, { id: row!.runIds[0]! });
      expect(run).toMatchObject({
        state: 'finished',
        name: 'LoRA r=2, rate 0.01, seed 0',
        config: { lora: { rank: 2 } },
      });
      expect(row!.inDomain!.mean).toBe(run!.evaluations.find(({ role }) => role === 'in_domain')!.loss);
      expect(row!.checkpointBytes).toBeGreaterThan(4 * row!.trainableParameters!);
      expect(row!.peakMemoryBytes!.mean).toBe(run!.summary.facts.peakMemoryBytes);
    } finally {
      await server.close();
    }
  });

  it('refuses what it does not know', () => {
    expect(compare('--methods', 'dora').stderr).toContain('found "dora", expected full, lora, int8, nf4');
    expect(compare('--ranks', '0').stderr).toContain('found "0", expected whole numbers above 0');
    expect(compare('--rate-of', 'full=x').status).toBe(2);
  });

  it('shows what a method failed with, and fails', () => {
    const { status, stdout } = compare('--methods', 'lora', '--ranks', '1', '--set', 'sequenceLength=65');
    expect(status).toBe(1);
    expect(stdout).toMatch(/LoRA r=1: failed: sequenceLength: found 65, the model's context is 64/);
  });
});
