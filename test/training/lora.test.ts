import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { loraConfig } from '../../src/core/lora-config.js';
import {
  adaptedModules,
  type LoraSettings,
  loraParameterCount,
  loraScale,
  settingsOf,
} from '../../src/training/adapted-modules.js';
import { keyOfB } from '../../src/training/adapter-keys.js';
import { initialAdapter } from '../../src/training/initial-adapter.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { type DropoutDraw, loraLayers } from '../../src/training/lora.js';
import { mergeAdapter } from '../../src/training/merge-adapter.js';
import type { ModelConfig } from '../../src/training/model-config.js';
import { useBackend } from './backend.js';
import { TINY, tinyWeights } from './tiny-model.js';

const LORA: LoraSettings = loraConfig.parse({ rank: 3, alpha: 12 });
const ids = Int32Array.from({ length: 24 }, (_, i) => (i * 53 + 7) % TINY.vocabularySize);

function logitsOf(layers: Layers): Float32Array {
  return tf.tidy(() => forward(TINY, layers, toRows(TINY, ids, 12)).dataSync() as Float32Array);
}

/** An adapter that has learnt something: B is no longer zero. */
function trainedAdapter(lora: LoraSettings = LORA) {
  const adapter = initialAdapter(TINY, lora, 5);
  for (const [name, { values }] of adapter) {
    if (name.includes('lora_B')) for (let i = 0; i < values.length; i++) values[i] = 0.3 * Math.sin(i + 1);
  }
  return adapter;
}

function adapted(adapter = trainedAdapter(), draw?: DropoutDraw, lora = LORA) {
  const weights = toTensors(tinyWeights());
  return loraLayers(frozenLayers(TINY, weights), weights, toTensors(adapter), loraScale(lora), draw);
}

const base = () => frozenLayers(TINY, toTensors(tinyWeights()));

const largestDifference = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

describe.each(['wasm', 'cpu'] as const)('LoRA on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('is the base exactly before the first step', () => {
    expect(logitsOf(adapted(initialAdapter(TINY, LORA, 5)))).toEqual(logitsOf(base()));
  });

  it.each([false, true])('gives the same merged as unmerged (rsLoRA %s)', (useRslora) => {
    const lora = { ...LORA, useRslora };
    const adapter = trainedAdapter(lora);
    const merged = frozenLayers(TINY, toTensors(mergeAdapter(tinyWeights(), adapter, loraScale(lora))));
    const unmerged = logitsOf(adapted(adapter, undefined, lora));
    const size = Math.max(...unmerged.map(Math.abs));
    expect(largestDifference(logitsOf(merged), unmerged)).toBeLessThan(1e-5 * size);
    expect(largestDifference(logitsOf(base()), unmerged)).toBeGreaterThan(0.01);
  });

  it('drops the same inputs for the same seed and step, and others for the next', () => {
    const draw = { rate: 0.5, seed: 3, step: 1 };
    const once = logitsOf(adapted(trainedAdapter(), draw));
    expect(logitsOf(adapted(trainedAdapter(), draw))).toEqual(once);
    expect(logitsOf(adapted(trainedAdapter(), { ...draw, step: 2 }))).not.toEqual(once);
    expect(logitsOf(adapted())).not.toEqual(once);
  });
});

it('draws the same dropout on every backend', async () => {
  const draw = { rate: 0.4, seed: 9, step: 7 };
  await useBackend('wasm');
  const wasm = logitsOf(adapted(trainedAdapter(), draw));
  await useBackend('cpu');
  expect(largestDifference(logitsOf(adapted(trainedAdapter(), draw)), wasm)).toBeLessThan(1e-4);
});

it('scales by alpha/r, or by alpha/√r with rsLoRA', () => {
  expect(loraScale({ rank: 16, alpha: 32, useRslora: false })).toBe(2);
  expect(loraScale({ rank: 16, alpha: 32, useRslora: true })).toBe(8);
});

const modulesOf = (changes: Partial<LoraSettings>) => [
  ...adaptedModules(settingsOf({ ...LORA, ...changes }), TINY).keys(),
];

it('adapts the modules that are named', () => {
  const names = modulesOf({ targetModules: ['q_proj', 'down_proj'] });
  expect(names).toEqual(
    [0, 1].flatMap((n) => [`model.layers.${n}.self_attn.q_proj`, `model.layers.${n}.mlp.down_proj`]),
  );
  expect(modulesOf({ targetModules: 'all-linear' })).toHaveLength(14);
});

it('begins with A uniform in ±1/√in and B zero', () => {
  const adapter = initialAdapter(TINY, { ...LORA, rank: 64 }, 1);
  const a = adapter.get('base_model.model.model.layers.1.mlp.down_proj.lora_A.weight')!;
  const bound = 1 / Math.sqrt(TINY.intermediateSize);
  expect(a.shape).toEqual([64, TINY.intermediateSize]);
  expect(Math.max(...a.values)).toBeLessThanOrEqual(bound);
  expect(Math.max(...a.values)).toBeGreaterThan(0.95 * bound);
  expect(Math.min(...a.values)).toBeLessThan(-0.95 * bound);
  expect(adapter.get(keyOfB('model.layers.1.mlp.down_proj'))!.values.every((b) => b === 0)).toBe(true);
});

describe('the number of trainable parameters', () => {
  const gpt3: ModelConfig = {
    ...TINY,
    layers: 96,
    hiddenSize: 12_288,
    heads: 96,
    keyValueHeads: 96,
    headDimension: 128,
  };

  it("is the LoRA paper's 18.9 M for GPT-3's queries and values at rank 4 (section 5.5)", () => {
    expect(loraParameterCount(gpt3, { ...LORA, rank: 4, targetModules: ['q_proj', 'v_proj'] })).toBe(
      18_874_368,
    );
  });

  it('is the number of values in the adapter', () => {
    const sizes = [...initialAdapter(TINY, LORA, 1).values()].map(({ values }) => values.length);
    expect(loraParameterCount(TINY, LORA)).toBe(sizes.reduce((a, b) => a + b));
  });
});
