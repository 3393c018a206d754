import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { holm } from '../../src/analysis/holm.js';
import { mcnemarExact } from '../../src/analysis/mcnemar.js';
import { bcaInterval } from '../../src/analysis/paired-bootstrap.js';
import { gainBounds, lowerBound } from '../../src/analysis/paired-bounds.js';
import { comparePairs } from '../../src/analysis/paired-comparison.js';
import { deviationOf, gainOfUnits, unitsOf } from '../../src/analysis/paired-items.js';
import { type Alternative, signedRank } from '../../src/analysis/signed-rank.js';
import { RandomStream } from '../../src/core/random.js';

interface Reference {
  wilcoxon: { name: string; differences: number[]; positive: number; p: Record<Alternative, number> }[];
  bca: {
    name: string;
    totals: number[];
    weights: number[];
    gains: number[];
    intervals: Record<string, [number, number]>;
  }[];
  mcnemar: { better: number; worse: number; p: number }[];
}
const file = new URL('../fixtures/paired/scipy.json', import.meta.url);
const scipy = JSON.parse(readFileSync(file, 'utf8')) as Reference;

test.each(scipy.wilcoxon)("signed-rank test on $name is SciPy's", ({ differences, positive, p }) => {
  for (const alternative of ['two-sided', 'less', 'greater'] as const) {
    const found = signedRank(differences, alternative);
    expect(found.positive).toBe(positive);
    expect(Math.abs(found.p / p[alternative] - 1)).toBeLessThan(1e-9);
  }
});

test('without differences nothing is told apart', () => {
  expect(signedRank([0, 0, 0])).toMatchObject({ n: 0, p: 1 });
  expect(mcnemarExact(0, 0)).toBe(1);
});

test.each(scipy.bca)("BCa interval of $name is SciPy's", ({ totals, weights, gains, intervals }) => {
  const units = { totals: Float64Array.from(totals), weights: Float64Array.from(weights) };
  for (const [level, [low, high]] of Object.entries(intervals)) {
    const found = bcaInterval(units, Float64Array.from(gains), Number(level));
    expect(found[0]).toBeCloseTo(low, 9);
    expect(found[1]).toBeCloseTo(high, 9);
  }
});

test.each(scipy.mcnemar)(
  "McNemar's test on $better and $worse is SciPy's binomial",
  ({ better, worse, p }) => {
    expect(mcnemarExact(better, worse) / p).toBeCloseTo(1, 9);
  },
);

test('Holm multiplies the smallest by their number, and never goes down', () => {
  // R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02
  const corrected = holm([0.01, 0.04, 0.03, 0.005]);
  for (const [i, expected] of [0.03, 0.06, 0.06, 0.02].entries())
    expect(corrected[i]).toBeCloseTo(expected, 12);
  expect(holm([0.7, 0.6])).toEqual([1, 1]);
  expect(holm([])).toEqual([]);
});

test('the gain is the weighted mean in the direction of the goal; what has no score is counted', () => {
  const units = unitsOf({
    goal: 'minimize',
    values: [1, 2, Number.NaN, 4, 5],
    base: [2, 2, 2, Number.NaN, 9],
    weights: [3, 1, 1, 1, 0],
  });
  expect(gainOfUnits(units)).toBe(3 / 4);
  expect(units).toMatchObject({ items: 2, left: 2, broken: 1 });
});

test('items of one group are one unit: its error is that of the groups', () => {
  const values = Array.from({ length: 40 }, (_, i) => Math.floor(i / 10) / 10);
  const base = values.map(() => 0);
  const clusters = values.map((_, i) => `g${Math.floor(i / 10)}`);
  const grouped = unitsOf({ goal: 'maximize', values, base, clusters });
  expect(grouped.totals).toHaveLength(4);
  // the four means 0, .1, .2, .3 have the standard deviation 0.1291
  expect(deviationOf(grouped)).toBeCloseTo(Math.sqrt(0.05 / 3), 12);
  expect(gainOfUnits(grouped)).toBeCloseTo(0.15, 12);
});

test('bounds: for a normal sample those of Student up to the extra unit; equal scores keep a width where the score has an end', () => {
  const random = new RandomStream(5, 'sample');
  const totals = Float64Array.from({ length: 150 }, () => random.nextNormal());
  const units = { totals, weights: totals.map(() => 1) };
  const found = gainBounds(units, { lower: 0.95, upper: 0.95 }, { random });
  const half = (1.655 * found.deviation) / Math.sqrt(150);
  const shift = Math.max(...totals.map(Math.abs)) / 150;
  expect(found.gain - found.lower).toBeGreaterThan(0.9 * half);
  expect(found.gain - found.lower).toBeLessThan(1.1 * half + 1.5 * shift);
  expect(found.upper - found.gain).toBeGreaterThan(0.9 * half);
  const same = { totals: new Float64Array(100), weights: new Float64Array(100).fill(1) };
  const tight = gainBounds(same, { lower: 0.95, upper: 0.95 }, { random, ends: [-1, 1] });
  // 100 items without a loss: the exact upper limit of the rate of losses is 1 - 0.05^(1/100) = 0.0295
  expect(tight.lower).toBeLessThan(-0.02);
  expect(tight.lower).toBeGreaterThan(-0.05);
  expect(tight.upper).toBeCloseTo(-tight.lower, 2);
});

test('words say what can be told apart, with the number of comparisons in mind', () => {
  const random = new RandomStream(1, 'words');
  const base = Array.from({ length: 100 }, () => 2 + 0.1 * random.nextNormal());
  const better = base.map((one) => one - 0.03 + 0.05 * random.nextNormal());
  const same = base.map((one) => one + 0.05 * random.nextNormal());
  const pairs = (values: number[]) => ({ goal: 'minimize' as const, values, base, unit: 'bits per byte' });
  const [clear, none] = comparePairs([
    { name: 'a', ...pairs(better) },
    { name: 'b', ...pairs(same) },
  ]);
  expect(clear).toMatchObject({ better: 'first', test: 'signed_rank', items: 100 });
  expect(clear!.words).toMatch(/^better by 0\.0\d+ \[0\.0\d+, 0\.0\d+\] bits per byte at n = 100 items$/);
  expect(none!.better).toBeNull();
  expect(none!.words).toMatch(/^not distinguishable at n = 100 items: /);
  const [worse] = comparePairs([{ name: 'a', goal: 'minimize', values: base, base: better }]);
  expect(worse).toMatchObject({ better: 'second' });
  expect(worse!.words).toMatch(/^worse by 0\.0\d+ \[0\.0\d+, 0\.0\d+\] at/);
  const [outlier] = comparePairs([{ name: 'x', goal: 'maximize', values: [0, 0, 1], base: [0, 1, 1] }]);
  expect(outlier).toMatchObject({ test: 'mcnemar', p: 1, better: null });
});

test('an adapter at the limit is taken for a good one in one case of twenty at most, where a plain t-test does it in every fifth', () => {
  // better on 1 % of the items, worse on 3 %; the difference is subtracted, so the true gain is 0
  const [n, repeats] = [50, 300];
  let [shipped, byStudent] = [0, 0];
  for (let seed = 0; seed < repeats; seed++) {
    const random = new RandomStream(seed, 'false ships');
    const gain = () => {
      const u = random.next();
      return (u < 0.01 ? 1 : u < 0.04 ? -1 : 0) + 0.02;
    };
    const units = { totals: Float64Array.from({ length: n }, gain), weights: new Float64Array(n).fill(1) };
    if (lowerBound(units, 0.95, random, -0.98) > 0) shipped++;
    if (gainOfUnits(units) - (1.677 * deviationOf(units)) / Math.sqrt(n) > 0) byStudent++;
  }
  expect(byStudent / repeats).toBeGreaterThan(0.15);
  // three standard errors of a rate of 0.05
  expect(shipped / repeats).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / repeats));
});
