import { readFileSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { loadCheckpoint } from '../../src/training/checkpoint.js';
import { trainableLayers } from '../../src/training/layers.js';
import { forward, toRows } from '../../src/training/llama.js';
import { crossEntropy } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import { readSafetensors, writeSafetensors } from '../../src/training/safetensors.js';
import { scoreTokens } from '../../src/training/score-tokens.js';
import { mergeModel } from '../../src/worker/merge-model.js';
import { nativeIsInstalled, useBackend } from './backend.js';
import { temporaryFolder } from './tiny-model.js';

// Settings that people use now and then, against transformers and PEFT, by test/fixtures/odd/make.py.

const FIXTURES = join('test', 'fixtures', 'odd');
const { tokens: sequences, cases } = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as {
  tokens: number[][];
  cases: { model: string; adapter: string | null; expected: number[][] }[];
};
const modelOf = (name: string) => join(FIXTURES, 'models', name);
const adapterOf = (name: string | null) => (name === null ? null : join(FIXTURES, 'adapters', name));

async function score(model: string, adapter: string | null, backend: 'wasm' | 'tfjs-node' = 'wasm') {
  const settings = {
    model,
    adapters: [adapter],
    scale: 1,
    quantization: 'none' as const,
    sequences,
    backend,
  };
  return (await scoreTokens(settings)).scored[0]!.logProbabilities;
}

function expectClose(found: number[][], expected: number[][]): void {
  expect(found.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const differences = found.flat().map((value, i) => Math.abs(value - expected.flat()[i]!));
  expect(Math.max(...differences)).toBeLessThan(5e-5);
}

describe.each(nativeIsInstalled() ? (['wasm', 'tfjs-node'] as const) : (['wasm'] as const))(
  'on %s',
  (backend) => {
    beforeAll(() => useBackend(backend));

    it.each(cases)('$model is scored as by transformers, adapter $adapter', async (one) => {
      expectClose(await score(modelOf(one.model), adapterOf(one.adapter), backend), one.expected);
    });
  },
);

describe('an odd model', () => {
  beforeAll(() => useBackend('wasm'));

  it.each(cases.filter(({ adapter }) => adapter !== null && adapter !== 'bias-of-b'))(
    'is merged with $adapter',
    async ({ model, adapter, expected }) => {
      const output = join(await temporaryFolder(), 'merged');
      await mergeModel({
        model: modelOf(model),
        adapter: adapterOf(adapter)!,
        scale: 1,
        output,
        dtype: 'F32',
      });
      expectClose(await score(output, null), expected);
    },
  );

  it('is not merged with a bias of B that has nowhere to go', async () => {
    const output = join(await temporaryFolder(), 'merged');
    const settings = { model: modelOf('mistral'), adapter: adapterOf('bias-of-b')!, scale: 1, output };
    await expect(mergeModel({ ...settings, dtype: 'F32' })).rejects.toThrow(
      'found lora_bias for model.layers.0.self_attn.q_proj',
    );
  });

  it.each(['llama', 'mistral', 'gpt2'])('has the gradient that differences show: %s', async (name) => {
    const { config, weights } = await loadCheckpoint(modelOf(name));
    const parameters = new Parameters(weights);
    const ids = Int32Array.from(sequences[0]!);
    const count = ids.length - 1;
    const rows = toRows(config, ids.slice(0, -1), count);
    const [targets, mean] = [tf.tensor(ids.slice(1), [count], 'int32'), tf.fill([count], 1 / count)];
    const layers = trainableLayers(config, parameters.tensors);
    const lossOf = () => crossEntropy(forward(config, layers, rows), targets, mean);
    const { gradients } = await parameters.gradients(lossOf);
    const squares = [...gradients.values()].flatMap((gradient) => [...gradient].map((g) => g * g));
    const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    const lossAt = (h: number) => {
      for (const [weight, { values, shape }] of parameters.values) {
        const gradient = gradients.get(weight)!;
        parameters.tensors.set(
          weight,
          tf.tensor(
            values.map((value, i) => value + (h * gradient[i]!) / norm),
            shape,
          ),
        );
      }
      return tf.tidy(lossOf).dataSync()[0]!;
    };
    expect((lossAt(5e-3) - lossAt(-5e-3)) / 1e-2 / norm).toBeCloseTo(1, 1.5);
  });

  it('that sees a window is refused beyond it, and scored up to it', async () => {
    const ids = (length: number) => [Array.from({ length }, (_, i) => i)];
    const settings = {
      model: modelOf('mistral'),
      adapters: [null],
      scale: 1,
      quantization: 'none' as const,
      backend: 'wasm' as const,
    };
    await expect(scoreTokens({ ...settings, sequences: ids(22) })).rejects.toThrow(
      "tokens: found 22 tokens, the model's context is 20 (its sliding window",
    );
    expect(
      (await scoreTokens({ ...settings, sequences: ids(21) })).scored[0]!.logProbabilities[0],
    ).toHaveLength(20);
  });
});

describe('a folder', () => {
  const copy = async (name = 'llama') => {
    const folder = join(await temporaryFolder(), name);
    await mkdir(folder);
    await cp(modelOf(name), folder, { recursive: true });
    return folder;
  };
  const WEIGHTS = 'model.safetensors';

  it('that ties its head and has another is not tied', async () => {
    const folder = await copy();
    const file = join(folder, WEIGHTS);
    const stored = await readSafetensors(file);
    const table = stored.get('model.embed_tokens.weight')!;
    await writeSafetensors(file, stored.set('lm_head.weight', { ...table, values: table.values.slice() }));
    expect((await loadCheckpoint(folder)).config.tiedEmbeddings).toBe(true);
    await writeSafetensors(
      file,
      stored.set('lm_head.weight', { ...table, values: table.values.toReversed() }),
    );
    const { config, weights } = await loadCheckpoint(folder);
    expect(config.tiedEmbeddings).toBe(false);
    expect(weights.get('lm_head.weight')!.values).toEqual(table.values.toReversed());
  });

  it('may leave out the prefix of the names', async () => {
    const folder = await copy();
    const file = join(folder, WEIGHTS);
    const short = [...(await readSafetensors(file))].map(
      ([name, value]) => [name.slice('model.'.length), value] as const,
    );
    await writeSafetensors(file, new Map(short));
    expect([...(await loadCheckpoint(folder)).weights]).toEqual([
      ...(await loadCheckpoint(modelOf('llama'))).weights,
    ]);
  });

  it('of pickles, or of two types, is refused', async () => {
    const folder = await copy();
    await writeFile(join(folder, 'pytorch_model.bin'), '');
    await rm(join(folder, WEIGHTS));
    await expect(loadCheckpoint(folder)).rejects.toThrow('pytorch_model.bin: a pickle can run any program');
    const config = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, model_type: 'gemma' }));
    await expect(loadCheckpoint(folder)).rejects.toThrow('model_type: found "gemma", expected "llama"');
  });
});
