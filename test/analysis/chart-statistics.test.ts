import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { histogramBins } from '../../src/analysis/histogram-bins.js';
import { rankPlateau } from '../../src/analysis/rank-plateau.js';
import { seedBand } from '../../src/analysis/seed-band.js';

describe('histogram bins', () => {
  test('every finite value is in exactly one bin, the others are counted apart', () => {
    const value = fc.oneof(fc.double(), fc.integer({ min: -50, max: 50 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), (values) => {
        const small = values.filter((v) => !Number.isFinite(v) || Math.abs(v) < 1e12);
        const { counts, notFinite, edges } = histogramBins(small);
        expect(counts.reduce((sum, n) => sum + n, 0) + notFinite).toBe(small.length);
        expect(edges).toHaveLength(counts.length === 0 ? 0 : counts.length + 1);
      }),
    );
  });

  test('edges are round and the width is Freedman and Diaconis’ at least', () => {
    const { edges, counts } = histogramBins(Array.from({ length: 1000 }, (_, i) => i / 1000));
    // IQR 0.5, 2·0.5/10 = 0.1
    expect(edges).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]);
    expect(counts).toEqual(new Array(10).fill(100));
  });
});

describe('seed bands', () => {
  const series = (...values: number[]) => values.map((value, i) => ({ x: i + 1, value }));

  test('only values of exactly the same x are put together; n says how many', () => {
    const band = seedBand([series(1, 2, 3), series(3, 4), [{ x: 1.5, value: 9 }]]);
    expect(band.points.map(({ x, n, mean }) => [x, n, mean])).toEqual([
      [1, 2, 2],
      [1.5, 1, 9],
      [2, 2, 3],
      [3, 1, 3],
    ]);
    expect(band.runs).toBe(3);
  });

  test('the band is the sample deviation, the interval Student’s', () => {
    const runs = [series(1), series(2), series(6)];
    expect(seedBand(runs).points[0]!.high).toBeCloseTo(3 + Math.sqrt(7), 12);
    // SciPy: stats.t.interval(0.95, 2, loc=3, scale=stats.sem([1, 2, 6]))
    expect(seedBand(runs, 'interval').points[0]!.low).toBeCloseTo(-3.572410607728428, 10);
    expect(seedBand(runs, 'range').points[0]).toMatchObject({ low: 1, high: 6 });
  });

  test('NaN is counted, not averaged', () => {
    expect(seedBand([series(1), series(Number.NaN)]).points[0]).toMatchObject({
      n: 1,
      mean: 1,
      notFinite: 1,
    });
  });
});

describe('rank plateau', () => {
  const fixture = JSON.parse(readFileSync('test/fixtures/analysis/rank-plateau.json', 'utf8'));

  test('p values are those of SciPy', () => {
    const found = rankPlateau(fixture.results);
    expect(found.best).toBe(fixture.best);
    expect(found.freedom).toBe(fixture.freedom);
    expect(found.deviation).toBeCloseTo(fixture.deviation, 12);
    found.ranks.forEach(({ p }, i) => {
      if (fixture.p[i] === null) expect(p).toBeNull();
      else expect(p).toBeCloseTo(fixture.p[i], 10);
    });
  });

  test('the smallest rank that is not distinguishable from the best', () => {
    const around = (mean: number) => [mean - 0.01, mean, mean + 0.01];
    const results = [1, 2, 4, 8, 16].map((rank, i) => ({
      rank,
      losses: around([4, 3.8, 3.605, 3.6, 3.601][i]!),
    }));
    const found = rankPlateau(results);
    expect(found.smallest).toBe(4);
    expect(found.ranks.map(({ isOnPlateau }) => isOnPlateau)).toEqual([false, false, true, true, true]);
  });

  test('without repeated seeds there is no plateau, and one rank is its own', () => {
    const found = rankPlateau([
      { rank: 1, losses: [4] },
      { rank: 8, losses: [3.9, Number.NaN] },
    ]);
    expect(found).toMatchObject({ best: 8, smallest: null, deviation: null });
    expect(rankPlateau([{ rank: 8, losses: [3, 3.1] }])).toMatchObject({ best: 8, smallest: 8 });
    expect(rankPlateau([])).toMatchObject({ best: null, smallest: null });
  });
});
