import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RandomStream } from '../../src/core/random.js';
import { largestSingularTriples } from '../../src/training/singular-vectors.js';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0);

/** U·diag(values)·Vᵀ with orthonormal columns from reflections: singular values that are known. */
function matrixWith(values: number[], rows: number, columns: number, seed: number): Float32Array {
  const random = new RandomStream(seed, 'matrix');
  const reflection = (n: number) => {
    const v = Array.from({ length: n }, () => random.next() - 0.5);
    return (i: number, j: number) => (i === j ? 1 : 0) - (2 * v[i]! * v[j]!) / dot(v, v);
  };
  const [u, v] = [reflection(rows), reflection(columns)];
  return Float32Array.from({ length: rows * columns }, (_, n) => {
    const [i, j] = [Math.floor(n / columns), n % columns];
    return values.reduce((sum, value, k) => sum + value * u(i, k) * v(j, k), 0);
  });
}

it.each([
  [9, 5],
  [5, 9],
  [40, 64],
  [30, 30],
])('finds the singular values that a matrix [%i,%i] was made of', (rows, columns) => {
  const values = Array.from({ length: Math.min(rows, columns) }, (_, k) => 4 / (k + 1));
  const matrix = matrixWith(values, rows, columns, 3);
  for (const count of [1, 4, values.length, values.length + 5]) {
    const found = largestSingularTriples(matrix, [rows, columns], count);
    expect(found.values).toHaveLength(Math.min(count, values.length));
    for (const [k, value] of found.values.entries()) expect(value).toBeCloseTo(values[k]!, 5);
  }
});

it('gives orthonormal vectors that belong together, on any matrix', () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 24 }), fc.integer({ min: 1, max: 24 }));
  const matrices = fc.tuple(shape, fc.nat(1000), fc.boolean());
  fc.assert(
    fc.property(matrices, ([[rows, columns], seed, isPoor]) => {
      const random = new RandomStream(seed, 'any');
      const full = Float32Array.from({ length: rows * columns }, () => random.next() - 0.5);
      // Half of its rows repeated: a rank below its size, and singular values of 0.
      const matrix = isPoor ? full.map((_, n) => full[n % (columns * Math.ceil(rows / 2))]!) : full;
      const { values, left, right } = largestSingularTriples(matrix, [rows, columns], 6);
      for (const [i, value] of values.entries()) {
        // What belongs to no value is no direction.
        if (value < 1e-6) continue;
        const image = Array.from({ length: rows }, (_, row) =>
          dot(matrix.subarray(row * columns, (row + 1) * columns), right[i]!),
        );
        for (const [row, entry] of image.entries())
          expect(Math.abs(entry - value * left[i]![row]!)).toBeLessThan(1e-7);
        for (const [j, other] of right.slice(0, i + 1).entries())
          expect(dot(right[i]!, other)).toBeCloseTo(i === j ? 1 : 0, 8);
        if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]! + 1e-9);
      }
    }),
    { numRuns: 60, seed: 4 },
  );
});

it('finds equal singular values as often as they are there, and nothing in nothing', () => {
  const identity = Float32Array.from({ length: 36 }, (_, n) => (n % 7 === 0 ? 2 : 0));
  expect(largestSingularTriples(identity, [6, 6], 6).values).toEqual(Array(6).fill(expect.closeTo(2, 9)));
  expect(largestSingularTriples(new Float32Array(12), [3, 4], 2).values).toEqual([0, 0]);
});

it('gives the same bits each time', () => {
  const matrix = matrixWith([3, 2, 1, 0.5], 20, 12, 9);
  expect(largestSingularTriples(matrix, [20, 12], 3)).toEqual(largestSingularTriples(matrix, [20, 12], 3));
});
