import { expect, test } from '@jest/globals';
import {
  logExpectedHypervolume,
  logExpectedHypervolumeSlopes,
  stripsOf,
} from '../../src/search/expected-hypervolume.js';
import { hypervolume } from '../../src/search/hypervolume.js';
import { centralDifferences, fixture, relativeError } from './fixtures.js';

interface Case {
  front: number[][];
  reference: number[];
  moments: [number, number, number, number];
  log: number;
  slopes: number[];
}
const { cases, far, volumes } = fixture<{
  cases: Case[];
  far: Case[];
  volumes: { points: number[][]; reference: number[]; volume: number }[];
}>('hypervolume');

const logAt = (front: number[][], reference: number[], moments: ArrayLike<number>) =>
  logExpectedHypervolume(
    stripsOf(front, reference),
    { mean: moments[0]!, sd: moments[1]! },
    { mean: moments[2]!, sd: moments[3]! },
  );

test.each(cases)(
  "expected hypervolume and its slopes are BoTorch's: $front.length points, $moments",
  (one) => {
    const { front, reference, moments, log, slopes } = one;
    expect(logAt(front, reference, moments)).toBeCloseTo(log, 9);
    const strips = stripsOf(front, reference);
    const [mean1, sd1, mean2, sd2] = moments;
    const found = logExpectedHypervolumeSlopes(strips, { mean: mean1, sd: sd1 }, { mean: mean2, sd: sd2 });
    expect(found.value).toBeCloseTo(log, 9);
    [found.mean1, found.sd1, found.mean2, found.sd2].forEach((slope, k) => {
      expect(Math.abs(slope - slopes[k]!)).toBeLessThan(1e-7 * Math.max(1, Math.abs(slopes[k]!)));
    });
  },
);

test.each(far)('where numbers underflow or cancel it is what 40 digits say: $moments', (one) => {
  const { front, reference, moments, log } = one;
  expect(relativeError(logAt(front, reference, moments), log)).toBeLessThan(1e-9);
  const strips = stripsOf(front, reference);
  const slopes = logExpectedHypervolumeSlopes(
    strips,
    { mean: moments[0], sd: moments[1] },
    { mean: moments[2], sd: moments[3] },
  );
  const numeric = centralDifferences(
    (p) => logAt(front, reference, p),
    Float64Array.from(moments),
    1e-6 * Math.min(moments[1], moments[3]),
  );
  [slopes.mean1, slopes.sd1, slopes.mean2, slopes.sd2].forEach((slope, k) => {
    expect(Math.abs(slope - numeric[k]!)).toBeLessThan(1e-4 * Math.max(1, Math.abs(numeric[k]!)));
  });
});

test('it is the mean growth of the volume over draws', () => {
  const { front, reference, moments, log } = cases[0]!;
  const before = hypervolume(front, reference);
  const quantiles = Array.from({ length: 80 }, (_, i) => normalQuantile((i + 0.5) / 80));
  const grown = quantiles.flatMap((a) =>
    quantiles.map((b) => {
      const point = [moments[0] + moments[1] * a, moments[2] + moments[3] * b];
      return hypervolume([...front, point], reference) - before;
    }),
  );
  const mean = grown.reduce((sum, one) => sum + one, 0) / grown.length;
  expect(relativeError(mean, Math.exp(log))).toBeLessThan(0.01);
});

test.each(volumes)(
  'the dominated volume in $reference.length dimensions',
  ({ points, reference, volume }) => {
    expect(hypervolume(points, reference)).toBeCloseTo(volume, 12);
  },
);

test('nothing is dominated by nothing, or by what is beyond the reference', () => {
  expect(hypervolume([], [1, 1])).toBe(0);
  expect(hypervolume([[2, 0]], [1, 1])).toBe(0);
});

/** By halving: independent of the code under test. */
function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Simpson's rule over the density. */
function normalCdf(z: number): number {
  const steps = 400;
  const width = (z + 10) / steps;
  let sum = 0;
  for (let i = 0; i <= steps; i++) {
    const at = -10 + i * width;
    sum += (i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-0.5 * at * at);
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI);
}
