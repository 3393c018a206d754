import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { AdamW } from '../../src/training/adamw.js';
import { loraScale } from '../../src/training/adapted-modules.js';
import { disposeBatch, packRows, toBatch } from '../../src/training/batches.js';
import { type Checkpoint, loadCheckpoint } from '../../src/training/checkpoint.js';
import { frozenLayers, toTensors, trainableLayers } from '../../src/training/layers.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { loadAdapter } from '../../src/training/load-adapter.js';
import { loraLayers } from '../../src/training/lora.js';
import { crossEntropy } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import { readSafetensors, type TensorFile } from '../../src/training/safetensors.js';
import type { Sequence } from '../../src/training/sequences.js';
import { nativeIsInstalled, useBackend } from './backend.js';

// Against Hugging Face transformers and PEFT on torch, by test/fixtures/peft/make.py.

interface Case {
  name: string;
  rank?: number;
  alpha: number;
  useRslora: boolean;
  losses: number[];
  norms: number[];
}

const folder = join('test', 'fixtures', 'peft');
const record = JSON.parse(readFileSync(join(folder, 'training.json'), 'utf8'));
const cases: Case[] = record.cases;
const batches: Sequence[][] = record.batches;

const backends = nativeIsInstalled() ? (['wasm', 'tfjs-node'] as const) : (['wasm'] as const);

describe.each(backends)('on %s', (backend) => {
  let base: Checkpoint;
  let logits: TensorFile;

  beforeAll(async () => {
    await useBackend(backend);
    base = await loadCheckpoint(join(folder, 'base'));
    logits = await readSafetensors(join(folder, 'logits.safetensors'));
  });
  afterAll(() => tf.disposeVariables());

  it("gives transformers' logits", () => {
    const found = logitsOf(base, frozenLayers(base.config, toTensors(base.weights)));
    expect(largestDifference(found, logits.get('base')!.values)).toBeLessThan(1e-4);
  });

  it("gives transformers' logits for models/nano", async () => {
    const nano = await loadCheckpoint(join('models', 'nano'));
    const fixture = await readSafetensors(join(folder, 'nano.safetensors'));
    const ids = Int32Array.from(fixture.get('ids')!.values);
    const found = tf.tidy(() => {
      const layers = frozenLayers(nano.config, toTensors(nano.weights));
      const all = forward(nano.config, layers, toRows(nano.config, ids, ids.length));
      return tf.gather(all, tf.tensor1d(Array.from(fixture.get('positions')!.values), 'int32')).dataSync();
    });
    expect(largestDifference(found as Float32Array, fixture.get('logits')!.values)).toBeLessThan(1e-4);
  });

  it.each(cases)('follows 20 AdamW steps of PEFT: $name', async (expected) => {
    const { layers, parameters } = await begin(base, expected);
    const { losses, norms } = await train(base, layers, parameters);
    expect(largestRelative(losses, expected.losses)).toBeLessThan(1e-4);
    expect(largestRelative(norms, expected.norms)).toBeLessThan(1e-3);
    const found = logitsOf(base, layers);
    expect(largestDifference(found, logits.get(expected.name)!.values)).toBeLessThan(2e-3);
  });
});

async function begin(base: Checkpoint, { rank, alpha, useRslora }: Case) {
  if (rank === undefined) {
    const parameters = new Parameters(copyOf(base.weights));
    return { parameters, layers: trainableLayers(base.config, parameters.tensors) };
  }
  const { weights } = await loadAdapter(join(folder, `rank-${rank}`), base.config);
  const parameters = new Parameters(weights);
  const frozen = toTensors(base.weights);
  const scale = loraScale({ rank, alpha, useRslora });
  const layers = loraLayers(frozenLayers(base.config, frozen), frozen, parameters.tensors, scale);
  return { parameters, layers };
}

async function train({ config }: Checkpoint, layers: Layers, parameters: Parameters) {
  const { learningRate, weightDecay, gradientClip, steps } = record;
  const optimizer = new AdamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay });
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step++) {
    const batch = toBatch(config, packRows(batches[step % batches.length]!));
    const lossOf = () => crossEntropy(forward(config, layers, batch.rows), batch.targets, batch.weights);
    const { loss, gradientNorm } = await parameters.train(lossOf, optimizer, learningRate, gradientClip);
    losses.push(loss);
    norms.push(gradientNorm);
    disposeBatch(batch);
  }
  return { losses, norms };
}

function logitsOf({ config }: Checkpoint, layers: Layers): Float32Array {
  const ids = Int32Array.from(batches[0]![0]!.ids);
  return tf.tidy(() => forward(config, layers, toRows(config, ids, ids.length)).dataSync() as Float32Array);
}

const copyOf = (weights: TensorFile): TensorFile =>
  new Map([...weights].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]));

const largestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const largestRelative = (a: number[], b: number[]) => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / Math.abs(b[i]!)), 0);
};
