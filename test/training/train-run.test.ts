import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { RanksweepError } from '../../src/core/errors.js';
import type { RunConfigInput } from '../../src/core/run-config.js';
import { loadCheckpoint } from '../../src/training/checkpoint.js';
import { loadAdapter } from '../../src/training/load-adapter.js';
import { readRunInputs } from '../../src/training/run-inputs.js';
import {
  type EvaluationScore,
  type TrainingHooks,
  type TrainingPoint,
  trainRun,
} from '../../src/training/train-run.js';
import { makeRun, series, TINY } from './tiny-model.js';

jest.setTimeout(60_000);

async function run(changes: Partial<RunConfigInput> = {}, hooks: TrainingHooks = {}, signal?: AbortSignal) {
  const { folder, config } = await makeRun(changes);
  const points: TrainingPoint[] = [];
  const onPoints = (some: TrainingPoint[]) => points.push(...some);
  const result = await trainRun(config, join(folder, 'output'), { onPoints, ...hooks }, signal);
  return { folder, config, points, result };
}

const losses = (points: TrainingPoint[]) => series(points, 'train/loss');

describe('a run', () => {
  it('reports its series, scores the base and what it keeps, and leaves an adapter', async () => {
    const { points, result, folder, config } = await run();
    expect(result).toMatchObject({
      outcome: 'finished',
      reason: null,
      steps: 6,
      trainableParameters: 4 * 2 * 232,
    });
    expect(losses(points)).toHaveLength(6);
    expect(losses(points).at(-1)).toBeLessThan(losses(points)[0]!);
    expect(series(points, 'train/learning_rate').map((rate) => rate / 0.01)).toEqual(
      [6, 5, 4, 3, 2, 1].map((n) => expect.closeTo(n / 6)),
    );
    const validation = points.filter(({ metric }) => metric === 'validation/loss');
    expect(validation.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
    const [ports, prose] = result.evaluations;
    expect(ports).toMatchObject({ name: 'ports', role: 'in_domain', items: 8 });
    expect(ports!.loss).toBeLessThan(ports!.baseLoss);
    expect(series(points, 'in_domain/ports/loss')).toEqual([ports!.baseLoss, ports!.loss]);
    expect(series(points, 'base_capability/change')).toEqual([expect.closeTo(prose!.loss - prose!.baseLoss)]);
    expect(prose!.bitsPerByte).toBeCloseTo((prose!.loss * prose!.tokens) / Math.LN2 / prose!.bytes);
    const adapter = await loadAdapter(result.adapterFolder!, TINY);
    expect(adapter).toMatchObject({
      scale: 4,
      lora: { rank: 4 },
      provenance: { step: 6, base: { path: config.model } },
    });
    expect(result.adapterFolder).toBe(join(folder, 'output', 'adapter'));
  });

  it('scores answers, some during training, and takes of the base what is known', async () => {
    const { config } = await makeRun();
    const [ports] = config.evaluations;
    const asked = { ...ports!, scores: ['f1' as const], maxTokens: 3, during: 2 };
    const first = await run({ evaluations: [asked] });
    expect(series(first.points, 'in_domain/ports/f1')).toHaveLength(2);
    const during = first.points.filter(({ metric }) => metric === 'validation/ports/loss');
    expect(during.map(({ step }) => step)).toEqual([0, 2, 4, 6]);
    const [{ scores, keys }] = first.result.evaluations as [EvaluationScore];
    expect(scores.map(({ score, values }) => [score, values.length])).toEqual(
      ['loss', 'bits_per_byte', 'f1'].map((score) => [score, keys.length]),
    );
    const stored = new Map(scores.map(({ baseKey, baseValues }) => [baseKey!, baseValues!]));
    const lines: string[] = [];
    const hooks = { knownScores: async () => stored, log: (line: string) => lines.push(line) };
    const again = await run({ evaluations: [asked] }, hooks);
    expect(lines).toContain("the base's scores are known from before: ports");
    expect(series(again.points, 'in_domain/ports/loss')).toEqual(
      series(first.points, 'in_domain/ports/loss'),
    );
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const lora = { rank: 2, dropout: 0.2 };
    const [first, again, other] = [await run({ lora }), await run({ lora }), await run({ lora, seed: 1 })];
    expect(losses(again.points)).toEqual(losses(first.points));
    expect(losses(other.points)).not.toEqual(losses(first.points));
    const weights = ({ result }: typeof first) =>
      readFile(join(result.adapterFolder!, 'adapter_model.safetensors'));
    expect(await weights(again)).toEqual(await weights(first));
  });

  it('holds no more tensors after the last step than after the second, and none at the end', async () => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    await run({ steps: 8 }, { onProgress: () => counts.push(tf.memory().numTensors) });
    expect(new Set(counts.slice(1)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends as diverged when the loss leaves all bounds, and logs it', async () => {
    const optimizer = { learningRate: 1e18, gradientClip: null };
    const { points, result } = await run({ optimizer, steps: 20 });
    expect(result).toMatchObject({ outcome: 'diverged', adapterFolder: null, evaluations: [] });
    expect(result.reason).toMatch(/^the (loss is|gradient's norm is) .* at step \d+$/);
    expect(losses(points)).toHaveLength(result.steps);
    expect(result.steps).toBeLessThan(20);
  });

  it("measures divergence against the base's loss, and says how", async () => {
    const optimizer = { learningRate: 30, schedule: { name: 'constant' as const }, gradientClip: null };
    const { points, result } = await run({ method: 'full', optimizer, steps: 30, evaluationInterval: null });
    const [base] = series(points, 'validation/loss');
    const bound = 3 * Math.max(base!, losses(points)[0]!) + 2;
    expect(result.outcome).toBe('diverged');
    expect(
      losses(points)
        .slice(0, -1)
        .every((loss) => loss <= bound),
    ).toBe(true);
    expect(losses(points).at(-1)).toBeGreaterThan(bound);
    expect(result.reason).toContain(`above ${bound.toPrecision(4)} (3 times the base's `);
  });

  it('ends as diverged if only a validation, or only the last evaluation, shows it', async () => {
    const optimizer = { learningRate: 3e38, gradientClip: null };
    const validated = await run({ optimizer, steps: 5, evaluationInterval: 1 });
    expect(validated.result).toMatchObject({ outcome: 'diverged', steps: 1, adapterFolder: null });
    expect(validated.result.reason).toBe('the validation loss is NaN at step 1');
    const { config } = await makeRun();
    const data = { ...config.data, validation: null };
    const evaluated = await run({ optimizer, steps: 1, data, evaluationInterval: null });
    expect(evaluated.result).toMatchObject({ outcome: 'diverged', evaluations: [], adapterFolder: null });
    expect(evaluated.result.reason).toBe('the loss on ports is NaN after step 1');
  });

  it('logs NaN as it is', async () => {
    const { points, result } = await run({
      optimizer: { learningRate: 3e38, gradientClip: null },
      steps: 20,
    });
    expect(result.outcome).toBe('diverged');
    expect(losses(points).at(-1)).toBeNaN();
  });

  it('keeps the best weights when patience runs out', async () => {
    const optimizer = { learningRate: 0.5, schedule: { name: 'constant' as const } };
    const { points, result, folder } = await run({
      optimizer,
      steps: 60,
      evaluationInterval: 1,
      earlyStopping: { patience: 3 },
    });
    const validation = series(points, 'validation/loss');
    const best = validation.indexOf(Math.min(...validation.slice(1)), 1);
    expect(result).toMatchObject({ outcome: 'finished', bestStep: best, steps: best + 3 });
    expect(result.reason).toContain(`the best was at step ${best}`);
    expect(series(points, 'in_domain/loss').at(-1)).toBeCloseTo(validation[best]!, 5);
    const { provenance } = await loadAdapter(join(folder, 'output', 'adapter'), TINY);
    expect(provenance!.step).toBe(best);
  });

  it('stops when it is told to', async () => {
    let asked = 0;
    const { result } = await run({}, { shouldStop: () => ++asked === 3 });
    expect(result).toMatchObject({ outcome: 'stopped', steps: 3, adapterFolder: null });
    const aborted = await run({}, {}, AbortSignal.abort());
    expect(aborted.result).toMatchObject({ outcome: 'stopped', reason: 'cancelled', steps: 1 });
  });

  it('counts epochs in examples', async () => {
    const { result } = await run({ steps: null, epochs: 1.5 });
    expect(result.steps).toBe(9);
  });

  it("takes a rank above a layer's size, and says so", async () => {
    const lines: string[] = [];
    const { result } = await run(
      { lora: { rank: 12, targetModules: ['k_proj'] }, steps: 2 },
      { log: (line) => lines.push(line) },
    );
    expect(result).toMatchObject({ outcome: 'finished', trainableParameters: 2 * 12 * (8 + 16) });
    expect(lines.join()).toContain(
      'warning: lora.rank is 12, but the smallest adapted matrix has a side of 8',
    );
  });

  it('trains all weights with method full, and leaves a checkpoint', async () => {
    const { result, folder, points } = await run({ method: 'full' });
    const { weights } = await loadCheckpoint(join(folder, 'output', 'checkpoint'));
    const count = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
    expect(result).toMatchObject({ adapterFolder: null, trainableParameters: count, totalParameters: count });
    expect(losses(points).at(-1)).toBeLessThan(losses(points)[0]!);
  });
});

describe('before any training it refuses', () => {
  async function problemOf(changes: Partial<RunConfigInput>): Promise<string> {
    const { config, folder } = await makeRun(changes);
    const points: TrainingPoint[] = [];
    const error = await trainRun(config, folder, { onPoints: (some) => points.push(...some) }).catch(
      (cause) => cause,
    );
    expect(error).toBeInstanceOf(RanksweepError);
    expect(points).toEqual([]);
    return error.message;
  }

  it('a sequence length beyond the context', async () => {
    expect(await problemOf({ sequenceLength: 65 })).toBe(
      "sequenceLength: found 65, the model's context is 64",
    );
  });

  it('examples that do not fit', async () => {
    expect(await problemOf({ sequenceLength: 4 })).toMatch(
      /train.jsonl: found 24 of 24 examples of up to \d+ tokens, expected at most 4 \(sequenceLength\)/,
    );
  });

  it('early stopping without validation', async () => {
    const { config } = await makeRun();
    const data = { ...config.data, validation: null };
    expect(await problemOf({ data, earlyStopping: { patience: 1 } })).toMatch(/^earlyStopping/);
  });

  it('target modules of another architecture', async () => {
    const lora = { targetModules: ['q_proj' as const, 'c_attn' as const] };
    expect(await problemOf({ lora })).toBe(
      'lora.targetModules: found c_attn, LlamaForCausalLM has q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, lm_head',
    );
  });

  it('two evaluations of one name', async () => {
    const { config } = await makeRun();
    const evaluations = [config.evaluations[0]!, config.evaluations[0]!];
    expect(await problemOf({ evaluations })).toBe(
      'evaluations: found "ports" twice, expected different names',
    );
  });

  it('an empty data set and a missing model', async () => {
    const { config, folder } = await makeRun();
    const empty = join(folder, 'empty.jsonl');
    await writeFile(empty, '\n');
    expect(await problemOf({ data: { ...config.data, train: empty } })).toMatch('empty.jsonl');
    expect(await problemOf({ model: join(folder, 'nowhere') })).toMatch('config.json cannot be read');
  });
});

it('reads the hashes of all that a run is made from', async () => {
  const { config, folder } = await makeRun();
  const inputs = await readRunInputs(config);
  expect(inputs.datasets.map(({ use }) => use)).toEqual([
    'train',
    'validation',
    'evaluations.ports',
    'evaluations.prose',
  ]);
  expect(inputs.datasets[1]!.canonicalHash).toBe(inputs.datasets[2]!.canonicalHash);
  expect(inputs.model.hash).toMatch(/^[0-9a-f]{64}$/);
  const file = join(folder, 'model', 'config.json');
  await writeFile(file, `${await readFile(file, 'utf8')}\n`);
  expect((await readRunInputs(config)).model.hash).not.toBe(inputs.model.hash);
});
