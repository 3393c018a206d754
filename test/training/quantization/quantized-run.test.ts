import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runConfigSchema } from '../../../src/core/run-config.js';
import { loadCheckpoint } from '../../../src/training/checkpoint.js';
import { weightShapes } from '../../../src/training/layout.js';
import { codeBytes, dequantize, quantize } from '../../../src/training/quantization/quantized-matrix.js';
import { scoreTokens } from '../../../src/training/score-tokens.js';
import { type TrainingPoint, trainRun } from '../../../src/training/train-run.js';
import { makeRun, series } from '../tiny-model.js';

describe('a run on a quantised base', () => {
  it('trains, scores the same base, and leaves an adapter that says what it was trained on', async () => {
    const { folder, config } = await makeRun({ quantization: 'nf4', lora: { rank: 4, dropout: 0.1 } });
    const [points, lines]: [TrainingPoint[], string[]] = [[], []];
    const onPoints = (some: TrainingPoint[]) => points.push(...some);
    const result = await trainRun(config, join(folder, 'output'), {
      onPoints,
      log: (line) => lines.push(line),
    });
    expect(lines).toContainEqual(
      expect.stringMatching(/^base: 14 linear layers as nf4 codes, .* in place of/),
    );
    const losses = series(points, 'train/loss');
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    expect(result.evaluations[0]!.loss).toBeLessThan(result.evaluations[0]!.baseLoss);
    const provenance = JSON.parse(await readFile(join(result.adapterFolder!, 'ranksweep.json'), 'utf8'));
    expect(provenance.config.quantization).toBe('nf4');
    const dense = await trainRun({ ...config, quantization: 'none' }, join(folder, 'dense'), {});
    expect(dense.evaluations[0]!.baseLoss).not.toBe(result.evaluations[0]!.baseLoss);
  });

  it.each([
    [{ method: 'full' }, ['quantization'], 'method full trains all weights'],
    [{ lora: { initialization: 'pissa' } }, ['lora', 'initialization'], 'pissa changes the base'],
  ])('is refused with %j', (changes, path, message) => {
    const config = { model: 'm', data: { train: 't' }, steps: 1, quantization: 'nf4', ...changes };
    const { error } = runConfigSchema.safeParse(config);
    expect(error!.issues).toEqual([
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    ]);
  });
});

describe('a checkpoint read as codes', () => {
  it('keeps embeddings, norms and head as they are', async () => {
    const model = join('test', 'fixtures', 'peft', 'base');
    const [dense, nf4] = [await loadCheckpoint(model), await loadCheckpoint(model, 'nf4')];
    expect(nf4.quantized!.size).toBe(7 * dense.config.layers);
    expect([...nf4.weights.keys()].filter((name) => name.includes('proj'))).toEqual([]);
    for (const [name, weight] of nf4.weights) expect(dense.weights.get(name)).toEqual(weight);
    expect(nf4.weights.size + nf4.quantized!.size).toBe(weightShapes(dense.config).size);
  });

  it('takes a quarter or an eighth of the float32', async () => {
    const [int8, nf4] = (['int8', 'nf4'] as const).map((kind) =>
      quantize({ shape: [64, 512], values: new Float32Array(64 * 512) }, kind),
    );
    expect(codeBytes(int8!) / (4 * 64 * 512)).toBe((1 + 4 / 512) / 4);
    expect(codeBytes(nf4!)).toBe(64 * 512 * (1 / 2 + 1 / 64) + 2 * 4 + 4);
  });

  it('quantises what a GGUF file with Q8_0 and Q4_0 stands for, GPT-2 and biases included', async () => {
    for (const name of ['llama', 'qwen2', 'gpt2']) {
      const file = join('test', 'fixtures', 'gguf', `${name}.gguf`);
      const [dense, nf4] = [await loadCheckpoint(file), await loadCheckpoint(file, 'nf4')];
      expect(nf4.quantized!.size).toBeGreaterThan(0);
      for (const [weight, matrix] of nf4.quantized!) {
        expect(matrix).toEqual(quantize(dense.weights.get(weight)!, 'nf4'));
      }
      const [largest, smallest] = [dense, nf4].map(({ weights }) => weights.size);
      expect(largest! - smallest!).toBe(nf4.quantized!.size);
    }
  });

  it('scores as the float32 that its codes stand for, far from the stored weights', async () => {
    const model = join('test', 'fixtures', 'gguf', 'qwen2.gguf');
    const settings = {
      model,
      adapters: [null],
      scale: 1,
      sequences: [[1, 5, 9, 12, 3]],
      backend: 'wasm' as const,
    };
    const scores = async (quantization: 'none' | 'int8' | 'nf4') =>
      (await scoreTokens({ ...settings, quantization })).scored[0]!.logProbabilities[0]!;
    const [none, int8, nf4] = [await scores('none'), await scores('int8'), await scores('nf4')];
    const distance = (a: number[]) => Math.max(...a.map((value, i) => Math.abs(value - none[i]!)));
    expect(distance(int8)).toBeGreaterThan(0);
    expect(distance(nf4)).toBeGreaterThan(distance(int8));
    expect(distance(nf4)).toBeLessThan(2);
  });
});

it('comes back within half a step of int8, and half the widest gap of nf4', () => {
  const values = Float32Array.from({ length: 640 }, (_, i) => Math.sin(i * i));
  const matrix = { shape: [10, 64], values };
  const farthest = (kind: 'int8' | 'nf4') =>
    dequantize(quantize(matrix, kind)).values.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - values[i]!)),
      0,
    );
  expect(farthest('int8')).toBeLessThanOrEqual(0.5 / 127 + 1e-6);
  // 0.1519 is half of the gap from -1 to -0.696; the absmax is off by a little too.
  expect(farthest('nf4')).toBeLessThan(0.16);
  expect(farthest('nf4')).toBeGreaterThan(0.1);
});
