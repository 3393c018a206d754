import { expect, test } from '@jest/globals';
import { MAX_SOBOL_DIMENSIONS, scrambledSobolPoint, sobolPoint } from '../../src/search/sobol.js';
import { fixture } from './fixtures.js';

test("unscrambled points are SciPy's, in 40 dimensions", () => {
  for (const [i, bits] of fixture<number[][]>('sobol').entries()) {
    expect(Array.from(sobolPoint(i, MAX_SOBOL_DIMENSIONS), (x) => x * 2 ** 32)).toEqual(bits);
  }
});

test('scrambled points keep the even spread: each of 64 intervals of each coordinate has one of 64 points', () => {
  const seeds = Uint32Array.of(1, 99, 0xdeadbeef, 7);
  const points = Array.from({ length: 64 }, (_, i) => scrambledSobolPoint(i, seeds));
  for (let j = 0; j < seeds.length; j++) {
    const cells = points.map((x) => Math.floor(64 * x[j]!)).sort((a, b) => a - b);
    expect(cells).toEqual(Array.from({ length: 64 }, (_, i) => i));
  }
});

test('pairs of coordinates are evenly spread too: 4×4 boxes have four of 64 points each', () => {
  const points = Array.from({ length: 64 }, (_, i) => scrambledSobolPoint(i, Uint32Array.of(5, 6)));
  const counts = new Array(16).fill(0);
  for (const [x, y] of points as unknown as [number, number][])
    counts[4 * Math.floor(4 * x) + Math.floor(4 * y)]++;
  expect(counts).toEqual(new Array(16).fill(4));
});

test('seeds give other points, all strictly inside', () => {
  const [a, b] = [1, 2].map((seed) => scrambledSobolPoint(3, Uint32Array.of(seed, seed + 10)));
  expect(a).not.toEqual(b);
  for (let i = 0; i < 500; i++) {
    for (const x of scrambledSobolPoint(i, Uint32Array.of(0, 1))) {
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(1);
    }
  }
});
