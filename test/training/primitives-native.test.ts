import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { RandomStream } from '../../src/core/random.js';
import { binding } from '../../src/training/native-handles.js';
import { hasNativeKernels } from '../../src/training/native-kernels.js';
import type { Primitives } from '../../src/training/primitives.js';
import { NATIVE_PRIMITIVES } from '../../src/training/primitives-native.js';
import { NATIVE_KERNEL_PRIMITIVES } from '../../src/training/primitives-native-kernels.js';
import { PLAIN_PRIMITIVES } from '../../src/training/primitives-plain.js';
import { useBackend } from './backend.js';

// TensorFlow's own operations against tfjs's, on the same backend: the plain primitives are those that the others are tested against.

const random = new RandomStream(5, 'primitives-native');
const normals = (...shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.nextNormal()),
    shape,
  );

function expectClose(found: tf.Tensor[], wanted: tf.Tensor[]) {
  expect(found.map(({ shape }) => shape)).toEqual(wanted.map(({ shape }) => shape));
  for (const [i, tensor] of found.entries()) {
    const size = wanted[i]!.abs().max().dataSync()[0]!;
    expect(tensor.sub(wanted[i]!).abs().max().dataSync()[0]! / size).toBeLessThan(3e-6);
    expect(size).toBeGreaterThan(0);
  }
}

const natives = () =>
  hasNativeKernels() ? [NATIVE_PRIMITIVES, NATIVE_KERNEL_PRIMITIVES] : [NATIVE_PRIMITIVES];

/** The same calls with both, none of whose tensors stay. */
function compare(calls: (p: Primitives) => tf.Tensor[]) {
  for (const own of natives()) tf.tidy(() => expectClose(calls(own), calls(PLAIN_PRIMITIVES)));
}

describe('native primitives', () => {
  beforeAll(() => useBackend('tfjs-node'));

  it('normalise', () => {
    const [x, weight, dy] = [normals(6, 10), normals(10), normals(6, 10)];
    compare((p) => {
      const [y, inverse] = p.rmsNorm(x, weight, 1e-5);
      return [y, p.rmsNormGrad(dy, x, weight, inverse), p.rmsNormWeightGrad(dy, x, inverse)];
    });
  });

  it('gate', () => {
    const [gate, up, dy] = [normals(6, 10), normals(6, 10), normals(6, 10)];
    compare((p) => [p.swiglu(gate, up), ...p.swigluGrad(dy, gate, up)]);
  });

  it.each([
    [2, 2, false, 0],
    [4, 2, true, 5],
    [4, 1, false, 10],
    [2, 2, true, 10],
  ])(
    'attend: %s heads, %s key-value heads, packed: %s, turned by %s positions',
    (heads, groups, packed, positions) => {
      const [q, dOut] = [normals(10, heads * 4), normals(10, heads * 4)];
      const [k, v] = [normals(10, groups * 4), normals(10, groups * 4)];
      const starts = tf.tensor1d([0, 0, 2, 2, 2, 0, 1, 1, 3, 3], 'int32');
      const shape = { length: 5, heads, keyValueHeads: groups, ...(packed && { starts }) };
      const tables = positions > 0 ? { cos: normals(positions, 2), sin: normals(positions, 2) } : null;
      compare((p) => {
        const [out, saved] = p.rotaryAttention(q, k, v, tables, shape);
        return [out, ...p.rotaryAttentionGrad(dOut, saved, tables, shape)];
      });
    },
  );

  it('lose weighted tokens', () => {
    const [logits, targets] = [normals(4, 9), tf.tensor1d([3, 8, 0, 1], 'int32')];
    const weights = tf.tensor1d([0.5, 0, 1, 2]);
    compare((p) => [
      ...p.crossEntropy(logits, targets, weights),
      p.crossEntropyLosses(logits, targets, weights),
    ]);
  });

  it.each([
    ['into the weight', 40, 3, 0],
    ['to the activations', 4, 3, 0],
    ['of a rank that is no multiple of 8', 41, 13, 0],
    ['with dropout', 40, 3, 0.3],
  ])('adapt %s', (_, rows, rank, rate) => {
    const [x, w, a, b, dy] = [
      normals(rows, 12),
      normals(7, 12),
      normals(rank, 12),
      normals(7, rank),
      normals(rows, 7),
    ];
    const options = { scale: 1.5, ...(rate > 0 && { dropout: { rate, key: [1, 2] as [number, number] } }) };
    compare((p) => {
      const [y, h] = p.loraLinear(x, w, a, b, options);
      const [dx, da, db] = p.loraLinearGrad(dy, x, w, a, b, h, options);
      const alone = p.loraWeightGrad(dy, x, b, h, options);
      return [y, dx, da, db, ...alone];
    });
  });

  it('keep what is not a number', () => {
    const bad = tf.tensor2d([[0, Number.NaN, 1]]);
    for (const p of natives()) {
      const [losses] = p.crossEntropy(bad, tf.tensor1d([0], 'int32'), tf.ones([1]));
      expect([losses.dataSync()[0], p.swiglu(bad, bad).dataSync()[1]]).toEqual([Number.NaN, Number.NaN]);
    }
  });

  it('are our own kernels where a compiler was', () => {
    if (process.env.CI) expect(hasNativeKernels()).toBe(true);
    const target = tf.tensor1d([3], 'int32');
    if (hasNativeKernels())
      expect(() => NATIVE_KERNEL_PRIMITIVES.crossEntropy(tf.ones([1, 3]), target, tf.ones([1]))).toThrow(
        'vocabulary',
      );
  });

  it('follow new tables and starts, and keep no tensor of earlier ones', () => {
    const [q, shape] = [normals(6, 8), { length: 6, heads: 2, keyValueHeads: 2 }];
    const round = (from: number) =>
      tf.tidy(() => {
        const tables = { cos: normals(6, 2), sin: normals(6, 2) };
        const starts = tf.tensor1d([0, 0, from, 3, 3, 3], 'int32');
        compare((p) => [p.rotaryAttention(q, q, q, tables, { ...shape, starts })[0]]);
      });
    round(0);
    const [{ numTensors }, handles] = [tf.memory(), binding().getNumOfTensors()];
    for (const from of [1, 2, 0]) round(from);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(binding().getNumOfTensors()).toBe(handles);
  });
});
