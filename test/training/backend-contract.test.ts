import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { adaptedLayers, addSquares, frozenBase } from '../../src/training/adapted-layers.js';
import { type Checkpoint, loadCheckpoint } from '../../src/training/checkpoint.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { loadAdapter, loadAdapterFor } from '../../src/training/load-adapter.js';
import { loraLayers } from '../../src/training/lora.js';
import { readSafetensors, type TensorFile } from '../../src/training/safetensors.js';
import { testedBackends, useBackend } from './backend.js';
import {
  beginCase,
  copyOf,
  gradientsOf,
  logitsOf,
  PEFT_CASES,
  PEFT_FOLDER,
  probeLogits,
  trainSteps,
} from './peft-fixture.js';

// What every backend must do: forward, gradients and optimiser steps of Hugging Face transformers and PEFT on torch (float32).
// test/fixtures/peft/make.py and test/fixtures/models/make.py made the fixtures.

/**
 * How far from torch: both sides sum in float32, in different orders. `logits` and `trained` (after 20 steps, which multiply the
 * differences) are largest differences; the logits are between -6 and 6. `losses`, `norms` and `gradients` are relative.
 */
interface Tolerance {
  logits: number;
  gradients: number;
  losses: number;
  norms: number;
  trained: number;
}
const EXACT: Tolerance = { logits: 1e-5, gradients: 1e-5, losses: 1e-5, norms: 5e-5, trained: 5e-3 };
const TOLERANCES: Record<string, Tolerance> = {
  cpu: EXACT,
  wasm: EXACT,
  'tfjs-node': EXACT,
  'tfjs-node-gpu': EXACT,
  // WGSL allows exp an error of 3 + 2·|x| units in the last place, and 1/√ 2 units.
  webgpu: { logits: 2e-5, gradients: 2e-5, losses: 1e-5, norms: 5e-5, trained: 5e-3 },
};

/** Plain JavaScript needs half a second of a core for a step, and WebGPU's software device too: there fewer steps are followed. */
const STEPS_WHERE_SLOW: Record<string, Record<string, number>> = {
  cpu: { 'rank-8': 2, full: 2 },
  webgpu: { 'rank-1': 2, 'rank-8': 20, full: 2 },
};
const MODELS = ['llama', 'qwen2', 'qwen3', 'gpt2'];
const models = JSON.parse(readFileSync(join('test', 'fixtures', 'models', 'expected.json'), 'utf8'));

jest.setTimeout(300_000);

describe.each(testedBackends())('on %s', (backend) => {
  const tolerance = TOLERANCES[backend]!;
  const few = STEPS_WHERE_SLOW[backend];
  const cases = few ? PEFT_CASES.filter(({ name }) => name in few) : PEFT_CASES;
  let base: Checkpoint;
  let logits: TensorFile;

  beforeAll(async () => {
    await useBackend(backend);
    base = await loadCheckpoint(join(PEFT_FOLDER, 'base'));
    logits = await readSafetensors(join(PEFT_FOLDER, 'logits.safetensors'));
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const frozen = ({ config, weights }: Checkpoint) => frozenLayers(config, toTensors(weights));

  it("gives transformers' logits", async () => {
    const found = await probeLogits({ base, layers: frozen(base) });
    expect(largestDifference(found, logits.get('base')!.values)).toBeLessThan(tolerance.logits);
  });

  it("gives transformers' logits for models/nano", async () => {
    const nano = await loadCheckpoint(join('models', 'nano'));
    const fixture = await readSafetensors(join(PEFT_FOLDER, 'nano.safetensors'));
    const all = await logitsOf(nano, frozen(nano), Int32Array.from(fixture.get('ids')!.values));
    const wide = nano.config.vocabularySize;
    const rows = [...fixture.get('positions')!.values].map((at) => all.subarray(at * wide, (at + 1) * wide));
    const found = rows.flatMap((row) => [...row]);
    expect(largestDifference(found, fixture.get('logits')!.values)).toBeLessThan(4 * tolerance.logits);
  });

  it.each(MODELS)(
    "gives the logits of transformers and of PEFT's adapters, LoRA and DoRA, for %s",
    async (name) => {
      const folder = join('test', 'fixtures', 'models', name);
      const wanted = await readSafetensors(join(folder, 'logits.safetensors'));
      const model = await loadCheckpoint(folder);
      const adapter = await loadAdapter(join(folder, 'adapter'), model.config);
      const weights = toTensors(model.weights);
      const plain = frozenLayers(model.config, weights);
      const adapted = loraLayers(plain, weights, toTensors(adapter.weights), adapter.scales);
      const dora = await loadAdapterFor(join(folder, 'dora'), model);
      const under = frozenBase(model);
      addSquares(under, new Set(dora.tensors.keys()));
      const directed = adaptedLayers(under, toTensors(dora.tensors), dora.scales);
      for (const [key, layers] of Object.entries({ base: plain, adapted, dora: directed })) {
        const found = await logitsOf(model, layers, Int32Array.from(models.ids));
        expect(largestDifference(found, wanted.get(key)!.values)).toBeLessThan(4 * tolerance.logits);
      }
    },
  );

  it.each(['rank-8', 'full'])("has torch's gradients: %s", async (name) => {
    const wanted = await readSafetensors(join(PEFT_FOLDER, 'gradients.safetensors'));
    const setting = await beginCase(base, caseOf(name));
    const atCosines = copyOf(setting.parameters.values);
    for (const [key, { values }] of atCosines)
      if (key.includes('lora_B')) values.set(values.map((_, i) => 0.1 * Math.cos(i)));
    setting.parameters.restore(atCosines);
    const { gradients } = await gradientsOf(setting);
    expect(gradients.size).toBe(name === 'full' ? 21 : 28);
    for (const [key, found] of gradients) {
      const gradient = wanted.get(key)!.values;
      const worst = largestDifference(found, gradient) / Math.max(...gradient.map(Math.abs));
      if (!(worst < tolerance.gradients)) throw new Error(`${key}: off by ${worst}`);
    }
  });

  it.each(cases)('follows the AdamW steps of PEFT: $name', async (expected) => {
    const steps = few?.[expected.name] ?? expected.losses.length;
    const setting = await beginCase(base, expected);
    const { losses, norms } = await trainSteps(setting, steps);
    expect(largestRelative(losses, expected.losses.slice(0, steps))).toBeLessThan(tolerance.losses);
    expect(largestRelative(norms, expected.norms.slice(0, steps))).toBeLessThan(tolerance.norms);
    if (steps < expected.losses.length) return;
    const found = await probeLogits(setting);
    expect(largestDifference(found, logits.get(expected.name)!.values)).toBeLessThan(tolerance.trained);
  });

  it('gives the same bits again', async () => {
    const results = [];
    for (const name of ['rank-8', 'full', 'rank-8', 'full']) {
      const { loss, gradients } = await gradientsOf(await beginCase(base, caseOf(name)));
      results.push([
        loss,
        ...[...gradients.values()].map((values) => Buffer.from(values.buffer).toString('hex')),
      ]);
    }
    expect(results.slice(2)).toEqual(results.slice(0, 2));
  });

  it('lets no NaN vanish', async () => {
    const broken = copyOf(base.weights);
    broken.get('model.layers.1.mlp.up_proj.weight')!.values[5] = Number.NaN;
    const { loss } = await gradientsOf(await beginCase({ ...base, weights: broken }, caseOf('rank-1')));
    expect(loss).toBeNaN();
  });

  it('keeps no tensor of a step', async () => {
    const setting = await beginCase(base, caseOf('rank-1'));
    await trainSteps(setting, 1);
    const { numTensors } = tf.memory();
    await trainSteps(setting, 2);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

const caseOf = (name: string) => PEFT_CASES.find((one) => one.name === name)!;

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

function largestRelative(a: number[], b: number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / Math.abs(b[i]!)), 0);
}
