import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { RandomStream } from '../../src/core/random.js';
import { attention, attentionGrad } from '../../src/training/kernels/attention.js';
import { keepMask } from '../../src/training/kernels/dropout.js';
import { loraLinear, loraLinearGrad } from '../../src/training/kernels/lora.js';
import { crossEntropy, crossEntropyLosses } from '../../src/training/kernels/loss.js';
import { rmsNorm, rmsNormGrad, rmsNormWeightGrad } from '../../src/training/kernels/norm.js';
import { rotary } from '../../src/training/kernels/rotary.js';
import { swiglu, swigluGrad } from '../../src/training/kernels/swiglu.js';
import { hasWasmKernels, registerWasmKernels } from '../../src/training/wasm-kernels.js';

// Every kernel against plain float64 arithmetic; every gradient against central differences of that arithmetic.

type Vector = ArrayLike<number>;

const random = new RandomStream(11, 'fused-kernels');

function normals(shape: number[], spread = 1): tf.Tensor {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    () => spread * random.nextNormal(),
  );
  return tf.tensor(values, shape, 'float32');
}

const double = (tensor: tf.Tensor) => Float64Array.from(tensor.dataSync());
const ints = (values: number[]) => tf.tensor1d(values, 'int32');

function expectClose(ours: tf.Tensor, reference: Vector, tolerance = 2e-6): void {
  const values = ours.dataSync();
  expect(values.length).toBe(reference.length);
  const size = Math.max(0.1, ...Array.from(reference, Math.abs));
  const worst = Math.max(0, ...Array.from(reference, (x, i) => Math.abs(values[i]! - x)));
  expect(worst / size).toBeLessThan(tolerance);
  expect(values.every(Number.isFinite)).toBe(true);
}

/** The gradient for inputs[which] of Σ weight·f(inputs), by central differences. */
function differences(
  f: (inputs: Float64Array[]) => Vector,
  inputs: tf.Tensor[],
  which: number,
  weight: tf.Tensor,
) {
  const values = inputs.map(double);
  const w = double(weight);
  const value = () => Array.from(f(values)).reduce((sum, y, i) => sum + y * w[i]!, 0);
  return Float64Array.from(values[which]!, (x, i) => {
    const h = 1e-4;
    values[which]![i] = x + h;
    const above = value();
    values[which]![i] = x - h;
    const below = value();
    values[which]![i] = x;
    return (above - below) / (2 * h);
  });
}

const SIZES = [
  [1, 1],
  [3, 7],
  [5, 17],
  [4, 128],
] as const;

beforeAll(async () => {
  await tf.setBackend('wasm');
  await registerWasmKernels();
  expect(hasWasmKernels()).toBe(true);
});

describe.each(SIZES)('on %s rows of %s', (n, d) => {
  it('RMSNorm and its gradients', () => {
    const [x, weight, dy] = [normals([n, d]), normals([d]), normals([n, d])];
    const reference = ([values, w]: Float64Array[]) =>
      values!.map((v, i) => {
        const row = values!.subarray(Math.floor(i / d) * d, (Math.floor(i / d) + 1) * d);
        return (v / Math.sqrt(row.reduce((sum, u) => sum + u * u, 0) / d + 1e-5)) * w![i % d]!;
      });
    const [y, inverse] = rmsNorm(x, weight, 1e-5);
    expectClose(y, reference([double(x), double(weight)]));
    expectClose(rmsNormGrad(dy, x, weight, inverse), differences(reference, [x, weight], 0, dy), 1e-5);
    expectClose(rmsNormWeightGrad(dy, x, inverse), differences(reference, [x, weight], 1, dy), 1e-5);
  });

  it('SwiGLU and its gradients, also where e^x leaves float32', () => {
    const [gate, up, dy] = [normals([n, d], 4), normals([n, d]), normals([n, d])];
    const reference = ([g, u]: Float64Array[]) => g!.map((x, i) => (x / (1 + Math.exp(-x))) * u![i]!);
    expectClose(swiglu(gate, up), reference([double(gate), double(up)]));
    const grads = swigluGrad(dy, gate, up);
    for (const which of [0, 1]) {
      expectClose(grads[which]!, differences(reference, [gate, up], which, dy), 1e-5);
    }
    const far = tf.tensor1d([-200, -90, 90, 200]);
    expectClose(swiglu(far, tf.onesLike(far)), [0, 0, 90, 200]);
  });

  it('cross-entropy and its gradient, rows of weight 0 left out', () => {
    const v = d + 1;
    const logits = normals([n, v], 5);
    const targets = Array.from({ length: n }, () => random.nextInt(v));
    const weights = Array.from({ length: n }, (_, i) => (i % 3 === 1 ? 0 : 0.25 + i));
    const reference = ([x]: Float64Array[]) =>
      targets.map((target, i) => {
        const row = x!.subarray(i * v, (i + 1) * v);
        const top = Math.max(...row);
        const sum = row.reduce((total, u) => total + Math.exp(u - top), 0);
        return weights[i] === 0 ? 0 : Math.log(sum) + top - row[target]!;
      });
    const [losses, gradient] = crossEntropy(logits, ints(targets), tf.tensor1d(weights));
    expectClose(losses, reference([double(logits)]));
    expectClose(gradient, differences(reference, [logits], 0, tf.tensor1d(weights)), 1e-5);
    expect(crossEntropyLosses(logits, ints(targets), tf.tensor1d(weights)).dataSync()).toEqual(
      losses.dataSync(),
    );
  });
});

describe('dropout', () => {
  it('drops the share that was asked for, differently for each key', () => {
    const masks = [0, 1, 2].map((i) => keepMask(20000, { rate: 0.1, key: [i, 5] }));
    for (const mask of masks) expect(mask.reduce((sum, kept) => sum + kept, 0) / 20000).toBeCloseTo(0.9, 2);
    expect(masks[0]!.filter((kept, i) => kept === masks[1]![i]).length / 20000).toBeCloseTo(0.82, 2);
  });

  it('refuses a rate of 1', () => {
    expect(() => keepMask(2, { rate: 1, key: [1, 2] })).toThrow(/rate 1/);
  });
});

describe('rotary', () => {
  it.each([
    [1, 1, 1],
    [5, 2, 3],
    [7, 3, 4],
    [8, 4, 16],
  ])('length %s, %s heads, half %s: rotation and its inverse', (length, heads, half) => {
    const x = normals([2 * length, heads * 2 * half]);
    const angles = normals([length, half], 3);
    const [cos, sin] = [tf.cos(angles), tf.sin(angles)];
    const [values, c, s] = [double(x), double(cos), double(sin)];
    const reference = values.map((value, i) => {
      const inHead = i % (2 * half);
      const at = (Math.floor(i / (heads * 2 * half)) % length) * half + (inHead % half);
      const other = inHead < half ? -values[i + half]! : values[i - half]!;
      return value * c[at]! + other * s[at]!;
    });
    expectClose(rotary(x, cos, sin), reference);
    expectClose(rotary(rotary(x, cos, sin), cos, sin, true), values);
  });
});

interface Attention {
  batch: number;
  length: number;
  heads: number;
  groups: number;
  d: number;
  starts?: number[];
}

/** Attention by its definition, one number after the other. */
function slowAttention({ batch, length, heads, groups, d, starts }: Attention, qkv: Float64Array[]) {
  const [q, k, v] = qkv as [Float64Array, Float64Array, Float64Array];
  const out = new Float64Array(q.length);
  const at = (row: number, head: number, count: number) => (row * count + head) * d;
  for (let row = 0; row < batch * length; row++) {
    const first = row - (row % length);
    for (let h = 0; h < heads; h++) {
      const g = Math.floor((h * groups) / heads);
      const seen = Array.from({ length: row - first + 1 }, (_, j) => first + j).filter(
        (key) => key - first >= (starts?.[row] ?? 0),
      );
      const terms = seen.map((key) => {
        let dot = 0;
        for (let l = 0; l < d; l++) dot += q[at(row, h, heads) + l]! * k[at(key, g, groups) + l]!;
        return Math.exp(dot / Math.sqrt(d));
      });
      const sum = terms.reduce((total, term) => total + term, 0);
      for (const [i, key] of seen.entries()) {
        for (let l = 0; l < d; l++)
          out[at(row, h, heads) + l]! += (terms[i]! / sum) * v[at(key, g, groups) + l]!;
      }
    }
  }
  return out;
}

describe('attention', () => {
  const packed = [0, 0, 0, 3, 3, 5, 5, 5];
  const small: Attention[] = [
    { batch: 1, length: 1, heads: 1, groups: 1, d: 1 },
    { batch: 2, length: 7, heads: 2, groups: 2, d: 3 },
    { batch: 1, length: 9, heads: 4, groups: 2, d: 8 },
    { batch: 1, length: 8, heads: 3, groups: 1, d: 5, starts: packed },
  ];
  /** three examples and padding, which sees itself only */
  const long = Array.from({ length: 110 }, (_, i) => [0, 37, 40, 100].findLast((start) => start <= i)!);
  const padded = long.map((start, i) => (i > 100 ? i : start));
  const backwards = Array.from({ length: 70 }, (_, i) => (i % 3 === 0 ? 0 : i - (i % 5)));
  const large: Attention[] = [
    { batch: 1, length: 110, heads: 2, groups: 1, d: 16, starts: padded },
    { batch: 1, length: 70, heads: 1, groups: 1, d: 9, starts: backwards },
    { batch: 2, length: 77, heads: 4, groups: 2, d: 32 },
    { batch: 1, length: 128, heads: 2, groups: 1, d: 24 },
    { batch: 1, length: 33, heads: 1, groups: 1, d: 300 },
  ];
  const make = ({ batch, length, heads, groups, d, starts }: Attention) => ({
    inputs: [heads, groups, groups, heads].map((count) => normals([batch * length, count * d])),
    shape: { length, heads, keyValueHeads: groups, starts: starts && ints(starts) },
  });

  it.each([...small, ...large])('equals its definition: %j', (sizes) => {
    const {
      inputs: [q, k, v],
      shape,
    } = make(sizes);
    const [out, p] = attention(q!, k!, v!, shape);
    expectClose(out, slowAttention(sizes, [q!, k!, v!].map(double)));
    expectClose(p.sum(-1), new Array(p.size / p.shape[2]!).fill(1));
    if (!sizes.starts) expect(p.shape[2]).toBe(sizes.length);
  });

  it.each(small)('has its gradients: %j', (sizes) => {
    const {
      inputs: [q, k, v, dOut],
      shape,
    } = make(sizes);
    const [, p] = attention(q!, k!, v!, shape);
    const grads = attentionGrad(dOut!, q!, k!, v!, p, shape);
    for (const which of [0, 1, 2]) {
      const reference = differences((all) => slowAttention(sizes, all), [q!, k!, v!], which, dOut!);
      expectClose(grads[which]!, reference, 1e-5);
    }
  });

  it.each(large)("has the gradients of tfjs's own operations: %j", (sizes) => {
    const { batch, length, heads, groups, d } = sizes;
    const {
      inputs: [q, k, v, dOut],
      shape,
    } = make(sizes);
    const toHeads = (x: tf.Tensor, count: number) =>
      x
        .reshape([batch, length, count, 1, d])
        .tile([1, 1, 1, heads / count, 1])
        .reshape([batch, length, heads, d])
        .transpose([0, 2, 1, 3]);
    const seen = Array.from({ length }, (_, i) =>
      Array.from({ length }, (_, j) => (j > i || j < (sizes.starts?.[i] ?? 0) ? -1e9 : 0)),
    );
    const forbidden = tf.tensor2d(seen);
    const [heads_q, heads_k, heads_v] = [toHeads(q!, heads), toHeads(k!, groups), toHeads(v!, groups)];
    const plain = (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) =>
      tf.matMul(tf.softmax(tf.matMul(a, b, false, true).div(Math.sqrt(d)).add(forbidden)), c);
    const dHeads = toHeads(dOut!, heads);
    const grads = tf.grads((a, b, c) => plain(a, b, c).mul(dHeads).sum() as tf.Scalar);
    const reference = grads([heads_q, heads_k, heads_v]).map((x, which) => {
      const rows = x.transpose([0, 2, 1, 3]);
      if (which === 0) return rows.reshape(q!.shape);
      return rows
        .reshape([batch, length, groups, heads / groups, d])
        .sum(3)
        .reshape(k!.shape);
    });
    const [, p] = attention(q!, k!, v!, shape);
    const ours = attentionGrad(dOut!, q!, k!, v!, p, shape);
    for (const which of [0, 1, 2]) expectClose(ours[which]!, reference[which]!.dataSync(), 1e-5);
  });

  it('keeps probabilities of short packed examples in narrow rows', () => {
    const starts = Array.from({ length: 320 }, (_, i) => i - (i % 40));
    const { inputs, shape } = make({ batch: 1, length: 320, heads: 1, groups: 1, d: 4, starts });
    expect(attention(inputs[0]!, inputs[1]!, inputs[2]!, shape)[1].shape).toEqual([1, 320, 64]);
  });

  it('refuses a start behind its own row, and shapes that do not fit', () => {
    const x = normals([4, 6]);
    const shape = { length: 4, heads: 2, keyValueHeads: 2 };
    expect(() => attention(x, x, x, { ...shape, starts: ints([0, 2, 0, 0]) })).toThrow(/starts\[1\]/);
    expect(() => attention(x, normals([4, 5]), x, shape)).toThrow(/attention k.*4,5.*4,6/);
  });
});

describe('LoRA linear', () => {
  const key: [number, number] = [12, 34];
  it.each([
    [1, 1, 1, 1, 0],
    [7, 17, 5, 3, 0],
    [9, 12, 20, 8, 0.4],
  ])('%s rows, %s to %s, rank %s, dropout %s: value and gradients', (n, wide, out, r, rate) => {
    const inputs = [normals([n, wide]), normals([out, wide]), normals([r, wide]), normals([out, r])];
    const [x, w, a, b] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const dy = normals([n, out]);
    const options = { scale: 1.5, ...(rate > 0 && { dropout: { rate, key } }) };
    const mask = keepMask(n * wide, { rate, key });
    const reference = ([xs, ws, as, bs]: Float64Array[]) =>
      Float64Array.from({ length: n * out }, (_, at) => {
        const [row, column] = [Math.floor(at / out), at % out];
        let sum = 0;
        for (let i = 0; i < wide; i++) {
          let weight = ws![column * wide + i]!;
          const kept = mask[row * wide + i]! / (1 - rate);
          for (let j = 0; j < r; j++) weight += 1.5 * kept * bs![column * r + j]! * as![j * wide + i]!;
          sum += xs![row * wide + i]! * weight;
        }
        return sum;
      });
    const [y, h] = loraLinear(x, w, a, b, options);
    expectClose(y, reference(inputs.map(double)));
    const [dx, da, db] = loraLinearGrad(dy, x, w, a, b, h, options);
    expectClose(dx, differences(reference, inputs, 0, dy), 1e-5);
    expectClose(da, differences(reference, inputs, 2, dy), 1e-5);
    expectClose(db, differences(reference, inputs, 3, dy), 1e-5);
  });

  it('equals the frozen layer bit for bit while B is zero', () => {
    const [x, w, a] = [normals([33, 40]), normals([50, 40]), normals([8, 40])];
    const [y] = loraLinear(x, w, a, tf.zeros([50, 8]), { scale: 2 });
    expect(y.dataSync()).toEqual(tf.matMul(x, w, false, true).dataSync());
  });
});

describe('a value that is not a number', () => {
  const poisoned = (shape: number[]) => {
    const values = normals(shape).dataSync().slice();
    values[5] = Number.NaN;
    return tf.tensor(values, shape);
  };

  it('stays one: a diverged run must not look healthy', () => {
    const x = poisoned([2, 9]);
    const [losses, gradient] = crossEntropy(x, ints([1, 2]), tf.ones([2]));
    const [out] = attention(x, normals([2, 9]), normals([2, 9]), { length: 2, heads: 3, keyValueHeads: 3 });
    const rows = [rmsNorm(x, tf.ones([9]), 1e-5)[0], swiglu(x, x), gradient, out];
    expect([...losses.dataSync()].map(Number.isFinite)).toEqual([false, true]);
    for (const row of rows) expect(row.dataSync()[5]).toBeNaN();
  });
});

describe('gather', () => {
  it('has a gradient: rows add up where an index repeats', () => {
    const [table, weight] = [normals([5, 3]), normals([4, 3])];
    const gradient = tf.grad((t) =>
      tf
        .gather(t, ints([1, 4, 1, 0]))
        .mul(weight)
        .sum(),
    )(table);
    const w = weight.arraySync() as number[][];
    const zero = [0, 0, 0];
    expectClose(gradient, [w[3]!, w[0]!.map((x, i) => x + w[2]![i]!), zero, zero, w[1]!].flat());
  });
});

describe('all of them', () => {
  it('give the same bits twice, leak nothing and keep the heap', () => {
    const [x, w, a, b] = [normals([64, 32]), normals([32, 32]), normals([4, 32]), normals([32, 4])];
    const weight = normals([32]);
    const heap = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
    const shape = { length: 32, heads: 4, keyValueHeads: 2 };
    const round = () =>
      tf.tidy(() => {
        const options = { scale: 2, dropout: { rate: 0.1, key: [3, 4] as [number, number] } };
        const [y, h] = loraLinear(x, w, a, b, options);
        const [normed, inverse] = rmsNorm(y, weight, 1e-5);
        const half = normed.slice([0, 0], [64, 16]);
        const [out, p] = attention(normed, half, half, shape);
        const [dq] = attentionGrad(out, normed, half, half, p, shape);
        const dy = rmsNormGrad(swiglu(dq, y), y, weight, inverse);
        const grads = loraLinearGrad(dy, x, w, a, b, h, options);
        return grads.flatMap((g) => [...g.dataSync()]);
      });
    const once = round();
    const before = [tf.memory().numTensors, heap()];
    for (let i = 0; i < 200; i++) round();
    expect(round()).toEqual(once);
    expect([tf.memory().numTensors, heap()]).toEqual(before);
  });
});
