import { expect, test } from '@jest/globals';
import { normalCdf } from '../../src/core/normal-distribution.js';
import { logExpectedImprovement, logExpectedImprovementSlopes, logH } from '../../src/search/acquisition.js';
import { centralDifferences, fixture, relativeError } from './fixtures.js';

const reference = fixture<{ z: number; logH: number; slope: number }[]>('log-expected-improvement');

test.each(reference)('ln h and its slope at z = $z, to 60 digits by mpmath', ({ z, logH: value, slope }) => {
  expect(Math.abs(logH(z).value - value)).toBeLessThan(1e-13 * Math.max(1, Math.abs(value)));
  expect(relativeError(logH(z).slope, slope)).toBeLessThan(1e-12);
  expect(Math.abs(logH(z).density - (1 - z * slope))).toBeLessThan(1e-12 * z * z + 1e-13);
});

test('the two ways to compute ln h meet at z = −1', () => {
  expect(logH(-1).value).toBeCloseTo(logH(-1 + 1e-13).value, 12);
});

test('the normal distribution function is symmetric and meets its parts', () => {
  expect(normalCdf(0)).toBe(0.5);
  for (const z of [0.2, 0.999, 1, 1.001, 3]) expect(normalCdf(z) + normalCdf(-z)).toBeCloseTo(1, 15);
  expect(normalCdf(1)).toBeCloseTo(0.8413447460685429, 15);
  expect(normalCdf(-0.7)).toBeCloseTo(0.241963652223073, 14);
});

test('ln EI has the slopes of finite differences, far below the smallest number too', () => {
  for (const [mean, sd] of [
    [0.3, 0.5],
    [-1, 0.2],
    [3, 0.05],
  ] as const) {
    const { value, byMean, bySd } = logExpectedImprovementSlopes(0.1, mean, sd);
    expect(value).toBe(logExpectedImprovement(0.1, mean, sd));
    const numeric = centralDifferences(
      (p) => logExpectedImprovement(0.1, p[0]!, p[1]!),
      Float64Array.of(mean, sd),
      1e-7,
    );
    expect(Math.abs(byMean - numeric[0]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(byMean)));
    expect(Math.abs(bySd - numeric[1]!)).toBeLessThan(1e-6 * Math.max(1, Math.abs(bySd)));
  }
  expect(logExpectedImprovement(0, 3, 0.01)).toBeLessThan(-40_000);
});
