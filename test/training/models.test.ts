import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { AdamW } from '../../src/training/adamw.js';
import {
  type Checkpoint,
  hashCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
} from '../../src/training/checkpoint.js';
import { frozenLayers, toTensors, trainableLayers } from '../../src/training/layers.js';
import { weightShapes } from '../../src/training/layout.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { type LoadedAdapter, loadAdapter } from '../../src/training/load-adapter.js';
import { loraLayers } from '../../src/training/lora.js';
import { mergeAdapter } from '../../src/training/merge-adapter.js';
import { crossEntropy } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import { readSafetensors, type TensorFile, writeSafetensors } from '../../src/training/safetensors.js';
import { nativeIsInstalled, useBackend } from './backend.js';
import { temporaryFolder } from './tiny-model.js';

// Each architecture against Hugging Face transformers and PEFT on torch, by test/fixtures/models/make.py.

const FIXTURES = join('test', 'fixtures', 'models');
const record = JSON.parse(await readFile(join(FIXTURES, 'expected.json'), 'utf8'));
const ids = Int32Array.from(record.ids);
const names = Object.keys(record.models);
const backends = nativeIsInstalled() ? (['wasm', 'tfjs-node'] as const) : (['wasm'] as const);

function logitsOf({ config }: Checkpoint, layers: Layers): Float32Array {
  return tf.tidy(() => forward(config, layers, toRows(config, ids, ids.length)).dataSync() as Float32Array);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe.each(backends)('on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  describe.each(names)('%s', (name) => {
    const folder = join(FIXTURES, name);
    let base: Checkpoint;
    let adapter: LoadedAdapter;
    let logits: TensorFile;

    beforeAll(async () => {
      base = await loadCheckpoint(folder);
      adapter = await loadAdapter(join(folder, 'adapter'), base.config);
      logits = await readSafetensors(join(folder, 'logits.safetensors'));
    });

    const adapted = (tensors = toTensors(adapter.weights)) => {
      const frozen = toTensors(base.weights);
      return loraLayers(frozenLayers(base.config, frozen), frozen, tensors, adapter.scales);
    };

    it("gives transformers' logits", () => {
      const found = logitsOf(base, frozenLayers(base.config, toTensors(base.weights)));
      expect(largestDifference(found, logits.get('base')!.values)).toBeLessThan(1e-4);
    });

    it("gives the logits of PEFT's adapter, at PEFT's scales", () => {
      expect(Object.fromEntries(adapter.scales)).toEqual(record.models[name].scales);
      expect(largestDifference(logits.get('adapted')!.values, logits.get('base')!.values)).toBeGreaterThan(
        0.5,
      );
      expect(largestDifference(logitsOf(base, adapted()), logits.get('adapted')!.values)).toBeLessThan(1e-4);
    });

    it('gives the same logits when merged', () => {
      const merged = mergeAdapter(base.weights, adapter.weights, adapter.scales);
      const found = logitsOf(base, frozenLayers(base.config, toTensors(merged)));
      expect(largestDifference(found, logits.get('adapted')!.values)).toBeLessThan(1e-4);
    });

    it('trains the adapter as PEFT does', async () => {
      const parameters = new Parameters(adapter.weights);
      const layers = adapted(parameters.tensors);
      const { losses, norms } = await train(base, layers, parameters);
      expect(largestDifference(losses, record.models[name].losses)).toBeLessThan(1e-4);
      const ratios = norms.map((found, i) => found / record.models[name].norms[i]);
      expect(largestDifference(ratios, [1, 1, 1, 1, 1])).toBeLessThan(1e-3);
      expect(largestDifference(logitsOf(base, layers), logits.get('trained')!.values)).toBeLessThan(2e-3);
    });

    if (backend !== 'wasm') return;
    it('has the gradient of every weight that differences show', async () => {
      const parameters = new Parameters(new Map([...base.weights].map(([key, value]) => [key, copy(value)])));
      const lossOf = lossOn(base, trainableLayers(base.config, parameters.tensors));
      const { gradients } = await parameters.gradients(lossOf);
      expect([...gradients.keys()].sort()).toEqual([...weightShapes(base.config).keys()].sort());
      for (const [weight, gradient] of gradients) {
        const direction = gradient.map((g) => g / norm(gradient));
        const slope = directional(parameters, weight, direction, lossOf);
        // The loss does not depend on the bias of a key: softmax cancels it.
        if (norm(gradient) > 1e-3) expect(slope / norm(gradient)).toBeCloseTo(1, 1.5);
      }
    });
  });
});

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
const copy = ({ shape, values }: { shape: number[]; values: Float32Array }) => ({
  shape,
  values: values.slice(),
});

/** Mean loss of every next token. */
function lossOn({ config }: Checkpoint, layers: Layers): () => tf.Tensor {
  const rows = toRows(config, ids.slice(0, -1), ids.length - 1);
  const targets = tf.tensor(ids.slice(1), [ids.length - 1], 'int32');
  const weights = tf.fill([ids.length - 1], 1 / (ids.length - 1));
  return () => crossEntropy(forward(config, layers, rows), targets, weights);
}

async function train(base: Checkpoint, layers: Layers, parameters: Parameters) {
  const { learningRate, weightDecay, gradientClip } = record;
  const optimizer = new AdamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay });
  const lossOf = lossOn(base, layers);
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let step = 0; step < 5; step++) {
    const { loss, gradientNorm } = await parameters.train(lossOf, optimizer, learningRate, gradientClip);
    losses.push(loss);
    norms.push(gradientNorm);
  }
  return { losses, norms };
}

/** The central difference of the loss along a direction of one weight. */
function directional(parameters: Parameters, name: string, direction: Float32Array, lossOf: () => tf.Tensor) {
  const { shape, values } = parameters.values.get(name)!;
  const original = parameters.tensors.get(name)!;
  const step = 1e-2;
  const lossAt = (h: number) => {
    const moved = tf.tensor(
      values.map((value, i) => value + h * direction[i]!),
      shape,
    );
    parameters.tensors.set(name, moved);
    return tf.tidy(lossOf).dataSync()[0]!;
  };
  const slope = (lossAt(step) - lossAt(-step)) / (2 * step);
  parameters.tensors.set(name, original);
  return slope;
}

describe('a folder', () => {
  it('is written with its architecture, and read again', async () => {
    for (const name of names) {
      const base = await loadCheckpoint(join(FIXTURES, name));
      const folder = await temporaryFolder();
      const options = { dtype: 'F32' as const, endOfText: 0, tokenizerFolder: join('models', 'nano') };
      await saveCheckpoint(folder, base, options);
      const again = await loadCheckpoint(folder);
      expect(again.config).toEqual(base.config);
      expect([...again.weights]).toEqual([...base.weights]);
    }
  });

  it("of GPT-2 may have OpenAI's names", async () => {
    const folder = await temporaryFolder();
    await cp(join(FIXTURES, 'gpt2'), folder, { recursive: true });
    const file = join(folder, 'model.safetensors');
    const stored = [...(await readSafetensors(file))];
    await writeSafetensors(
      file,
      new Map(stored.map(([name, value]) => [name.replace('transformer.', ''), value])),
    );
    const { weights } = await loadCheckpoint(folder);
    expect([...weights]).toEqual([...(await loadCheckpoint(join(FIXTURES, 'gpt2'))).weights]);
  });

  it('in shards is refused without one of them, and its hash covers them', async () => {
    const folder = await temporaryFolder();
    await cp(join(FIXTURES, 'qwen3'), folder, { recursive: true });
    await writeFile(join(folder, 'tokenizer.json'), '{}');
    const before = await hashCheckpoint(folder);
    const index = JSON.parse(await readFile(join(folder, 'model.safetensors.index.json'), 'utf8'));
    const [shard] = Object.values(index.weight_map) as string[];
    await writeFile(
      join(folder, shard!),
      await readFile(join(FIXTURES, 'llama', 'model-00001-of-00002.safetensors')),
    );
    expect(await hashCheckpoint(folder)).not.toBe(before);
    await expect(loadCheckpoint(folder)).rejects.toThrow(/missing|found shape/);
    await rm(join(folder, shard!));
    await expect(loadCheckpoint(folder)).rejects.toThrow(`${shard} cannot be read`);
  });

  it('may not point out of itself', async () => {
    const folder = await temporaryFolder();
    await cp(join(FIXTURES, 'qwen3'), folder, { recursive: true });
    await writeFile(join(folder, 'model.safetensors.index.json'), '{"weight_map":{"a":"../b.safetensors"}}');
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      'expected {"weight_map": {tensor: file in this folder}}',
    );
  });

  it('is refused with a weight that is not a number', async () => {
    const folder = await temporaryFolder();
    await cp(join(FIXTURES, 'gpt2'), folder, { recursive: true });
    const file = join(folder, 'model.safetensors');
    const stored = await readSafetensors(file);
    stored.get('transformer.ln_f.bias')!.values[3] = Number.NaN;
    await writeSafetensors(file, stored);
    await expect(loadCheckpoint(folder)).rejects.toThrow('transformer.ln_f.bias: found NaN, expected finite');
  });
});
