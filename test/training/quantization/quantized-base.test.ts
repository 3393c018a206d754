import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { AdamW } from '../../../src/training/adamw.js';
import {
  adaptedLayers,
  disposeBase,
  type FrozenBase,
  frozenBase,
} from '../../../src/training/adapted-layers.js';
import { disposeBatch, packRows, toBatch } from '../../../src/training/batches.js';
import { type Checkpoint, loadCheckpoint } from '../../../src/training/checkpoint.js';
import { type FrozenWeight, withDense } from '../../../src/training/frozen-weight.js';
import { forward, type Layers, toRows } from '../../../src/training/llama.js';
import { loadAdapter } from '../../../src/training/load-adapter.js';
import type { DropoutDraw } from '../../../src/training/lora.js';
import { crossEntropy, frozenLinear } from '../../../src/training/ops.js';
import { Parameters } from '../../../src/training/parameters.js';
import {
  dequantize,
  type Quantization,
  type QuantizedMatrix,
  quantize,
} from '../../../src/training/quantization/quantized-matrix.js';
import { toQuantizedTensor } from '../../../src/training/quantization/quantized-tensor.js';
import { readSafetensors } from '../../../src/training/safetensors.js';
import type { Sequence } from '../../../src/training/sequences.js';
import { nativeIsInstalled, useBackend } from '../backend.js';

const PEFT = join('test', 'fixtures', 'peft');
const OWN = join('test', 'fixtures', 'quantization');
const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));
const record = read(PEFT, 'training.json');
const batches: Sequence[][] = record.batches;
const training = read(OWN, 'training.json');
const codes: { name: string; shape: [number, number]; input: string }[] = read(OWN, 'codes.json').cases;
const KINDS: Quantization[] = ['int8', 'nf4'];
const EXACT = nativeIsInstalled() ? (['wasm', 'cpu', 'tfjs-node'] as const) : (['wasm', 'cpu'] as const);
const FAST = EXACT.filter((backend) => backend !== 'cpu');

const floats = (base64: string) => new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
const matrices = (kind: Quantization): QuantizedMatrix[] =>
  codes.map(({ shape, input }) => quantize({ shape, values: floats(input) }, kind));
const wave = (shape: [number, number]) =>
  tf.tensor(
    Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i + 1)),
    shape,
  );

describe.each(EXACT)('codes on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(KINDS)('stand for the same bits: %s', (kind) => {
    for (const matrix of matrices(kind)) {
      const tensor = toQuantizedTensor(matrix);
      const found = tf.tidy(() => tensor.dense().dataSync());
      expect([...found]).toEqual([...dequantize(matrix).values]);
      tensor.dispose();
    }
  });

  it('leave nothing dense behind', () => {
    const matrix = matrices('nf4')[0]!;
    const tensor = toQuantizedTensor(matrix);
    withDense(tensor, () => {});
    const { numTensors } = tf.memory();
    withDense(tensor, (dense) => expect(dense.shape).toEqual(matrix.shape));
    expect(tf.memory().numTensors).toBe(numTensors);
    tensor.dispose();
  });

  it.each(KINDS)('multiply like the float32 that they stand for, forward and backward: %s', (kind) => {
    for (const matrix of matrices(kind)) {
      const [out, wide] = matrix.shape as [number, number];
      const [tensor, { values }] = [toQuantizedTensor(matrix), dequantize(matrix)];
      const [x, dy, dense] = [wave([3, wide]), wave([3, out]), tf.tensor(values, [out, wide])];
      const of = (w: FrozenWeight) => {
        const y = frozenLinear(x, w).dataSync();
        const dx = tf
          .grad((input: tf.Tensor) => tf.sum(tf.mul(frozenLinear(input, w), dy)))(x)
          .dataSync();
        return [[...y], [...dx]];
      };
      expect(of(tensor)).toEqual(of(dense));
      tensor.dispose();
    }
  });
});

describe.each(FAST)('a quantised base on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each(KINDS)(
    "gives transformers' logits on bitsandbytes' weights, and follows PEFT's training on them: %s",
    async (kind) => {
      const { base, frozen, parameters, scales } = await begin(kind);
      const logits = (await readSafetensors(join(OWN, 'logits.safetensors'))).get(kind)!.values;
      expect(largest(logitsOf(base, frozen.layers), logits)).toBeLessThan(1e-4);
      const { losses, norms } = await train(
        base,
        adaptedLayers(frozen, parameters.tensors, scales),
        parameters,
      );
      const expected = training.cases.find(({ name }: { name: string }) => name === kind);
      expect(largestRelative(losses, expected.losses)).toBeLessThan(1e-4);
      expect(largestRelative(norms, expected.norms)).toBeLessThan(1e-3);
      disposeBase(frozen);
    },
  );

  it('drops the same inputs of the adapter as a dense base', async () => {
    const draw = { rate: 0.5, seed: 3, step: 1 };
    const under = async (kind: Quantization | 'dense', dropout?: DropoutDraw) => {
      const { base, frozen, parameters, scales } = await begin(
        kind === 'dense' ? 'int8' : kind,
        kind === 'dense',
      );
      for (const [name, { values }] of parameters.values) if (name.includes('lora_B')) values.fill(0.05);
      parameters.restore(parameters.snapshot());
      return logitsOf(base, adaptedLayers(frozen, parameters.tensors, scales, dropout));
    };
    const dropped = await under('int8', draw);
    expect(largest(dropped, await under('dense', draw))).toBeLessThan(1e-4);
    expect(largest(dropped, await under('int8'))).toBeGreaterThan(1e-2);
  });
});

interface Begun {
  base: Checkpoint;
  frozen: FrozenBase;
  parameters: Parameters;
  scales: Map<string, number>;
}

/** @param isDense the float32 that the codes stand for, in place of the codes */
async function begin(kind: Quantization, isDense = false): Promise<Begun> {
  const base = await loadCheckpoint(join(PEFT, 'base'), kind);
  const dense = [...base.quantized!].map(([name, matrix]) => [name, dequantize(matrix)] as const);
  const frozen = frozenBase(
    isDense ? { ...base, weights: new Map([...base.weights, ...dense]), quantized: new Map() } : base,
  );
  const { tensors, scales } = await loadAdapter(join(PEFT, training.adapter), base.config);
  return { base, frozen, parameters: new Parameters(tensors), scales };
}

async function train({ config }: Checkpoint, layers: Layers, parameters: Begun['parameters']) {
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

function largest(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

function largestRelative(a: number[], b: number[]): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value / b[i]! - 1)), 0);
}
