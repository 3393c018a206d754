import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { RandomStream } from '../../src/core/random.js';
import { registerWasmKernels } from '../../src/training/wasm-kernels.js';

const random = new RandomStream(7, 'wasm-kernels');

function normals(shape: number[]): tf.Tensor {
  const values = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.nextNormal());
  return tf.tensor(values, shape, 'float32');
}

/** One matrix product in float64, of a stored as [m,k] (or [k,m]) and b as [k,n] (or [n,k]). */
function product(a: ArrayLike<number>, b: ArrayLike<number>, [m, k, n]: number[], ta: boolean, tb: boolean) {
  const out = new Float64Array(m! * n!);
  for (let i = 0; i < m!; i++) {
    for (let j = 0; j < n!; j++) {
      for (let l = 0; l < k!; l++) {
        out[i * n! + j]! += a[ta ? l * m! + i : i * k! + l]! * b[tb ? j * k! + l : l * n! + j]!;
      }
    }
  }
  return out;
}

/** The largest difference in units of sqrt(k): rounding of a sum of k products of standard normals. */
function worst(ours: ArrayLike<number>, reference: ArrayLike<number>, k: number): number {
  expect(ours.length).toBe(reference.length);
  return Math.max(0, ...Array.from(reference, (x, i) => Math.abs(ours[i]! - x) / Math.sqrt(k)));
}

beforeAll(async () => {
  await tf.setBackend('wasm');
  await registerWasmKernels();
});

describe('BatchMatMul on wasm', () => {
  const sides = [1, 3, 4, 7, 17, 130];
  const depths = [
    [1, 1],
    [3, 130],
    [7, 17],
    [17, 3],
    [130, 7],
    [300, 9],
    [8, 8],
  ] as const;
  const cases = sides.flatMap((m) => depths.map(([k, n]) => [m, k, n] as const));

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('equals a float64 product at odd edges (transposeA %s, transposeB %s)', (ta, tb) => {
    for (const [m, k, n] of cases) {
      const a = normals(ta ? [k, m] : [m, k]);
      const b = normals(tb ? [n, k] : [k, n]);
      const ours = tf.matMul(a, b, ta, tb).dataSync();
      const reference = product(a.dataSync(), b.dataSync(), [m, k, n], ta, tb);
      expect(worst(ours, reference, k)).toBeLessThan(5e-6);
    }
  });

  it('crosses the blocks of columns and depth', () => {
    const [m, k, n] = [67, 517, 1030];
    const [a, b] = [normals([m, k]), normals([k, n])];
    const last = a.slice([m - 3, 0], [3, k]).dataSync();
    const reference = product(last, b.dataSync(), [3, k, n], false, false);
    const ours = tf
      .matMul(a, b)
      .slice([m - 3, 0], [3, n])
      .dataSync();
    expect(worst(ours, reference, k)).toBeLessThan(5e-6);
  });

  for (const [outerA, outerB] of [
    [[3], [3]],
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [[3], []],
    [[], [3]],
    [
      [2, 1],
      [1, 3],
    ],
  ] as const) {
    it(`multiplies batches [${outerA}] and [${outerB}], all transposes`, () => {
      for (const [ta, tb] of [0, 1, 2, 3].map((bits) => [bits > 1, bits % 2 === 1] as const)) {
        const [m, k, n] = [5, 7, 9];
        const a = normals([...outerA, ...(ta ? [k, m] : [m, k])]);
        const b = normals([...outerB, ...(tb ? [n, k] : [k, n])]);
        const outer = tf.broadcast_util.assertAndGetBroadcastShape([...outerA], [...outerB]);
        const flatA = tf.broadcastTo(a, [...outer, ...a.shape.slice(-2)]).reshape([-1, m * k]);
        const flatB = tf.broadcastTo(b, [...outer, ...b.shape.slice(-2)]).reshape([-1, k * n]);
        const [rowsA, rowsB] = [flatA.arraySync() as number[][], flatB.arraySync() as number[][]];
        const reference = rowsA.flatMap((row, i) => [...product(row, rowsB[i]!, [m, k, n], ta, tb)]);
        const ours = tf.matMul(a, b, ta, tb);
        expect(ours.shape).toEqual([...outer, m, n]);
        expect(worst(ours.dataSync(), reference, k)).toBeLessThan(5e-6);
      }
    });
  }

  it('gives zeros for an empty depth and nothing for an empty side', () => {
    expect([...tf.matMul(tf.zeros([2, 0]), tf.zeros([0, 3])).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(tf.matMul(tf.zeros([0, 2]), tf.zeros([2, 3])).shape).toEqual([0, 3]);
  });

  it('names both shapes when the inner dimensions differ', () => {
    expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 5]))).toThrow(/3.*4/);
  });

  it('gives a row the same bits whatever rows are beside it', () => {
    const [a, b] = [normals([67, 300]), normals([300, 45])];
    const whole = tf.matMul(a, b).slice([33, 0], [1, 45]).dataSync();
    const alone = tf.matMul(a.slice([33, 0], [1, 300]), b).dataSync();
    expect(whole).toEqual(alone);
  });

  it('gives the same bits twice', () => {
    const [a, b] = [normals([4, 33, 65]), normals([4, 29, 65])];
    const once = tf.matMul(a, b, false, true).dataSync();
    normals([1000]);
    expect(tf.matMul(a, b, false, true).dataSync()).toEqual(once);
  });

  it('has the gradients of float64', () => {
    const [a, b, weight] = [normals([9, 17]), normals([17, 5]), normals([9, 5])];
    const loss = (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y).mul(weight).sum() as tf.Scalar;
    const [da, db] = tf.grads(loss)([a, b]) as [tf.Tensor, tf.Tensor];
    const [x, y, w] = [a, b, weight].map((t) => t.dataSync()) as [Float32Array, Float32Array, Float32Array];
    expect(worst(da.dataSync(), product(w, y, [9, 5, 17], false, true), 5)).toBeLessThan(1e-5);
    expect(worst(db.dataSync(), product(x, w, [17, 9, 5], true, false), 9)).toBeLessThan(1e-5);
  });
});

describe('slices on wasm', () => {
  const parts = (t: tf.Tensor) => [...t.dataSync()];

  /** The slice by its definition, one element after the other. */
  function reference(x: tf.Tensor, begin: number[], size: number[]): number[] {
    const values = x.dataSync();
    return Array.from({ length: tf.util.sizeFromShape(size) }, (_, flat) => {
      let [at, stride, rest] = [0, 1, flat];
      for (let axis = size.length - 1; axis >= 0; axis--) {
        at += (begin[axis]! + (rest % size[axis]!)) * stride;
        rest = Math.floor(rest / size[axis]!);
        stride *= x.shape[axis]!;
      }
      return values[at]!;
    });
  }

  for (const shape of [[7], [5, 6], [3, 4, 5], [2, 3, 4, 5], [2, 3, 2, 4, 3], [2, 2, 3, 2, 2, 3]]) {
    it(`takes any part of a tensor of shape [${shape}]`, () => {
      const x = normals(shape);
      for (let trial = 0; trial < 30; trial++) {
        const begin = shape.map((size) => random.nextInt(size));
        const size = shape.map((whole, axis) => 1 + random.nextInt(whole - begin[axis]!));
        for (const axis of shape.keys())
          if (random.next() < 0.4) [begin[axis], size[axis]] = [0, shape[axis]!];
        const part = tf.slice(x, begin, size);
        expect(part.shape).toEqual(size);
        expect(parts(part)).toEqual(reference(x, begin, size));
      }
    });
  }

  it('keeps integers, booleans, strings, -1 sizes, scalars and empty parts', () => {
    const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3], 'int32');
    expect(parts(x.slice([0, 1], [-1, 2]))).toEqual([2, 3, 5, 6]);
    expect(parts(tf.tensor2d([1, 0, 1, 1], [2, 2], 'bool').slice([0, 1], [2, 1]))).toEqual([0, 1]);
    expect(tf.tensor1d(['a', 'b', 'c']).slice([1], [2]).dataSync()).toEqual(['b', 'c']);
    expect(x.slice([1, 0], [0, 3]).shape).toEqual([0, 3]);
  });

  it('splits and unstacks as by slices', () => {
    const x = normals([4, 6, 5]);
    const [left, right] = tf.split(x, [2, 4], 1) as [tf.Tensor, tf.Tensor];
    expect(parts(left)).toEqual(reference(x, [0, 0, 0], [4, 2, 5]));
    expect(parts(right)).toEqual(reference(x, [0, 2, 0], [4, 4, 5]));
    const layers = tf.unstack(x, -1);
    expect(layers.map((layer) => layer.shape)).toEqual(new Array(5).fill([4, 6]));
    expect(parts(layers[3]!)).toEqual(reference(x, [0, 0, 3], [4, 6, 1]));
    expect(parts(tf.stack(layers, 2))).toEqual(parts(x));
  });
});

describe('clones on wasm', () => {
  it('share the data, and outlive what they were made of', () => {
    const x = normals([3, 4]);
    const values = x.dataSync().slice();
    const copy = x.clone();
    expect(copy.dataId).toBe(x.dataId);
    x.dispose();
    expect(copy.dataSync()).toEqual(values);
    const variable = tf.variable(copy);
    variable.assign(tf.zeros([3, 4]));
    expect(copy.dataSync()).toEqual(values);
  });
});

describe('memory', () => {
  it('neither leaks tensors nor grows the heap over 200 rounds', () => {
    const heap = () => (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm.HEAPU8.length;
    const [a, b] = [normals([4, 64, 96]), normals([4, 96, 48])];
    const round = () =>
      tf.tidy(() => {
        const [part] = tf.split(tf.matMul(a, b), 2, 2);
        tf.unstack(part!, 0);
      });
    round();
    const before = [tf.memory().numTensors, heap()];
    for (let i = 0; i < 200; i++) round();
    expect([tf.memory().numTensors, heap()]).toEqual(before);
  });

  it('registers once', async () => {
    const kernel = tf.getKernel('BatchMatMul', 'wasm');
    await registerWasmKernels();
    expect(tf.getKernel('BatchMatMul', 'wasm')).toBe(kernel);
  });
});

describe('GatherV2 on wasm', () => {
  const rowsOf = (table: tf.Tensor, ids: number[]) => {
    const width = table.size / table.shape[0]!;
    const values = table.dataSync();
    return ids.flatMap((id) => [...values.slice(id * width, (id + 1) * width)]);
  };

  it.each([
    [[5, 3], 'float32'],
    [[7], 'int32'],
    [[4, 2, 3], 'float32'],
  ] as const)('copies rows of a table [%j] of %s', (shape, dtype) => {
    const table = normals([...shape])
      .mul(100)
      .cast(dtype);
    const ids = [3, 0, 3, 1];
    const found = tf.gather(table, tf.tensor1d(ids, 'int32'));
    expect(found.shape).toEqual([4, ...shape.slice(1)]);
    expect(found.dtype).toBe(dtype);
    expect([...found.dataSync()]).toEqual(rowsOf(table, ids));
    expect(tf.gather(table, tf.tensor2d([ids], [1, 4], 'int32')).shape).toEqual([1, 4, ...shape.slice(1)]);
  });

  it('leaves other axes to tfjs', () => {
    const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
    expect([...tf.gather(table, tf.tensor1d([2, 0], 'int32'), 1).dataSync()]).toEqual([3, 1, 6, 4]);
  });

  it('refuses an index outside the table', () => {
    for (const id of [-1, 5])
      expect(() => tf.gather(normals([5, 3]), tf.tensor1d([0, id], 'int32'))).toThrow(/4\]/);
  });
});
