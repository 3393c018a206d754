import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { loraConfig } from '../../src/core/lora-config.js';
import { AdamW } from '../../src/training/adamw.js';
import { adaptedLayers, addSquares, type FrozenBase, frozenBase } from '../../src/training/adapted-layers.js';
import { adaptedModules, scalesOf, settingsOf } from '../../src/training/adapted-modules.js';
import { disposeBatch, packRows, toBatch } from '../../src/training/batches.js';
import { type Checkpoint, loadCheckpoint } from '../../src/training/checkpoint.js';
import { startAdapter } from '../../src/training/initial-adapter.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward, type Layers, toRows } from '../../src/training/llama.js';
import { type LoadedAdapter, loadAdapterFor } from '../../src/training/load-adapter.js';
import { mergedCheckpoint } from '../../src/training/merge-adapter.js';
import { crossEntropy } from '../../src/training/ops.js';
import { loraPlusGroups, ONE_GROUP } from '../../src/training/parameter-groups.js';
import { Parameters } from '../../src/training/parameters.js';
import { readSafetensors, type TensorFile } from '../../src/training/safetensors.js';
import type { Sequence } from '../../src/training/sequences.js';
import { testedBackends, useBackend } from './backend.js';

// PEFT's options in training and loading, against PEFT on torch, by test/fixtures/peft/make_variants.py.

interface Case {
  name: string;
  /** folder inside test/fixtures */
  base: string;
  loraPlusRatio: number | null;
  losses: number[];
  norms: number[];
  /** PiSSA: the module whose remaining weight the fixture holds */
  residual?: string;
}

const folder = join('test', 'fixtures', 'peft');
const record = JSON.parse(readFileSync(join(folder, 'variants.json'), 'utf8'));
const batches: Sequence[][] = JSON.parse(readFileSync(join(folder, 'training.json'), 'utf8')).batches;
const cases: Case[] = record.cases;
const isPissa = ({ name }: Case) => name.startsWith('pissa');

/** The plain operations on cpu are those of backends without primitives of their own: WebGPU is asked by name. */
const backends = testedBackends().filter((name) => name !== 'cpu');

describe.each(backends)('on %s', (backend) => {
  let logits: TensorFile;

  beforeAll(async () => {
    await useBackend(backend);
    logits = await readSafetensors(join(folder, 'variants.safetensors'));
  });
  afterAll(() => tf.disposeVariables());

  it.each(cases)("gives the logits of PEFT's adapter: $name", async (one) => {
    const { base, frozen, adapter } = await load(one);
    const layers = adaptedLayers(frozen, toTensors(adapter.tensors), adapter.scales);
    // PiSSA's lies there after its last step, without conversion.
    const expected = logits.get(`${one.name}/${isPissa(one) ? 'trained' : 'start'}`)!.values;
    expect(largestDifference(await logitsOf(base, layers), expected)).toBeLessThan(1e-4);
    const merged = mergedCheckpoint(await loadCheckpoint(join('test', 'fixtures', one.base)), adapter, 1);
    const mergedLayers = frozenLayers(merged.config, toTensors(merged.weights));
    expect(largestDifference(await logitsOf(merged, mergedLayers), expected)).toBeLessThan(1e-4);
  });

  it.each(cases)('follows 12 AdamW steps of PEFT: $name', async (one) => {
    const { base, frozen, tensors, scales } = await start(one);
    const parameters = new Parameters(tensors);
    const layers = adaptedLayers(frozen, parameters.tensors, scales);
    expect(
      largestDifference(await logitsOf(base, layers), logits.get(`${one.name}/start`)!.values),
    ).toBeLessThan(1e-4);
    const { losses, norms } = await train(base, layers, parameters, one.loraPlusRatio);
    expect(largestRelative(losses, one.losses)).toBeLessThan(1e-4);
    expect(largestRelative(norms, one.norms)).toBeLessThan(1e-3);
    expect(
      largestDifference(await logitsOf(base, layers), logits.get(`${one.name}/trained`)!.values),
    ).toBeLessThan(2e-3);
  });
});

it.each(cases.filter(({ residual }) => residual))('PiSSA leaves what PEFT leaves: $name', async (one) => {
  const base = await loadCheckpoint(join('test', 'fixtures', one.base));
  const whole = base.weights.get(`${one.residual}.weight`)!.values.slice();
  startAdapter(base, pissaConfig(one), 0);
  const found = base.weights.get(`${one.residual}.weight`)!.values;
  const expected = (await readSafetensors(join(folder, 'variants.safetensors'))).get(
    `${one.name}/residual`,
  )!.values;
  expect(largestDifference(whole, expected)).toBeGreaterThan(0.05);
  expect(largestDifference(found, expected)).toBeLessThan(2e-6);
});

async function load({ name, base: path }: Case) {
  const base = await loadCheckpoint(join('test', 'fixtures', path));
  const adapter = await loadAdapterFor(join(folder, 'variants', name), base);
  return { base, adapter, frozen: frozen(base, adapter.tensors) };
}

function frozen(base: Checkpoint, adapter: TensorFile): FrozenBase {
  const made = frozenBase(base);
  addSquares(made, new Set(adapter.keys()));
  return made;
}

/** PEFT's adapter before its first step; PiSSA's begins here as it does there, up to signs. */
async function start(one: Case) {
  if (isPissa(one)) return startPissa(one);
  const { base, adapter, frozen } = await load(one);
  return { base, frozen, tensors: trainable(adapter), scales: adapter.scales };
}

function trainable({ tensors }: LoadedAdapter): TensorFile {
  return new Map([...tensors].filter(([key]) => !key.includes('base_layer')));
}

async function startPissa(one: Case) {
  const base = await loadCheckpoint(join('test', 'fixtures', one.base));
  const lora = pissaConfig(one);
  const { adapter } = startAdapter(base, lora, 0);
  const scales = scalesOf(adaptedModules(settingsOf(lora), base.config));
  return { base, frozen: frozen(base, adapter), tensors: adapter, scales };
}

function pissaConfig({ name }: Case) {
  const file = join(folder, 'variants', name, 'adapter_config.json');
  const peft = JSON.parse(readFileSync(file, 'utf8'));
  const { r: rank, lora_alpha: alpha, target_modules: targetModules, rank_pattern: rankPattern } = peft;
  const [useDora, useRslora] = [peft.use_dora, peft.use_rslora];
  return loraConfig.parse({
    rank,
    alpha,
    targetModules,
    rankPattern,
    useDora,
    useRslora,
    initialization: 'pissa',
  });
}

async function train(base: Checkpoint, layers: Layers, parameters: Parameters, ratio: number | null) {
  const { learningRate, weightDecay, gradientClip } = record;
  const optimizer = new AdamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay });
  const groupOf = ratio === null ? ONE_GROUP : loraPlusGroups(ratio, parameters.values, base.config);
  const [losses, norms]: [number[], number[]] = [[], []];
  for (let step = 0; step < 12; step++) {
    const batch = toBatch(base.config, packRows(batches[step % batches.length]!));
    const lossOf = () => crossEntropy(forward(base.config, layers, batch.rows), batch.targets, batch.weights);
    const { loss, gradientNorm } = await parameters.train(
      lossOf,
      optimizer,
      learningRate,
      gradientClip,
      groupOf,
    );
    losses.push(loss);
    norms.push(gradientNorm);
    disposeBatch(batch);
  }
  return { losses, norms };
}

async function logitsOf({ config }: Checkpoint, layers: Layers): Promise<Float32Array> {
  const ids = Int32Array.from(batches[0]![0]!.ids);
  const logits = tf.tidy(() => forward(config, layers, toRows(config, ids, ids.length)));
  const values = await logits.data<'float32'>();
  logits.dispose();
  return values;
}

const largestDifference = (a: Float32Array, b: Float32Array) => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
};
const largestRelative = (a: number[], b: number[]) => {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / Math.abs(b[i]!)), 0);
};
