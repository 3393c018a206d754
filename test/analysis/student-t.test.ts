import { expect, test } from '@jest/globals';
import { studentTQuantile } from '../../src/analysis/student-t.js';
import { ValueSummarizer } from '../../src/analysis/value-summary.js';

/** float(scipy.stats.t.ppf(p, degrees)), SciPy 1.17.1 */
const SCIPY: [number, number, number][] = [
  [0.975, 1, 12.706204736174694],
  [0.975, 2, 4.302652729749462],
  [0.975, 4, 2.7764451051977934],
  [0.995, 9, 3.249835541592126],
  [0.95, 30, 1.697260886593957],
  [0.975, 1000, 1.9623390808264083],
  [0.6, 3, 0.2766706623326898],
  [0.025, 7, -2.3646242515927844],
  [0.9995, 1, 636.6192487687897],
];

test.each(SCIPY)("quantile %d with %d degrees of freedom is SciPy's", (p, degrees, expected) => {
  expect(studentTQuantile(p, degrees) / expected).toBeCloseTo(1, 10);
});

test('a summary counts what is no number beside the mean, and has no interval of one value', () => {
  const summarizer = new ValueSummarizer();
  for (const value of [1e9 + 4, 1e9 + 7, Number.NaN, 1e9 + 13, Infinity, 1e9 + 16, undefined])
    summarizer.add(value);
  const { mean, deviation, low, high, ...rest } = summarizer.summary(0.95);
  expect(rest).toEqual({ n: 4, notFinite: 2, absent: 1, min: 1e9 + 4, max: 1e9 + 16 });
  expect(mean).toBe(1e9 + 10);
  expect(deviation).toBeCloseTo(Math.sqrt(30), 9);
  expect(high! - mean!).toBeCloseTo((3.1824463052837078 * Math.sqrt(30)) / 2, 6);
  expect(mean! - low!).toBeCloseTo(high! - mean!, 6);
  const one = new ValueSummarizer();
  one.add(3);
  expect(one.summary(0.95)).toMatchObject({ n: 1, mean: 3, deviation: null, low: null, high: null });
  expect(new ValueSummarizer().summary(0.95)).toMatchObject({ n: 0, mean: null, min: null });
});
