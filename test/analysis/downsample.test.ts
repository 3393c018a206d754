import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  BUCKET_COLUMNS,
  type Buckets,
  bucketsOf,
  coarsen,
  downsample,
} from '../../src/analysis/downsample.js';

const plain = (buckets: Buckets) =>
  Object.fromEntries(BUCKET_COLUMNS.map((name) => [name, [...buckets[name]]])) as Record<
    keyof Buckets,
    number[]
  >;

test('seven points in three buckets: first, last, lowest, highest, counts', () => {
  const values = [3, 1, 2, Number.NaN, 9, 4, 5];
  const points = { steps: [0, 10, 20, 30, 40, 50, 60], values, times: [1, 2, 3, 4, 5, 6, 7] };
  expect(plain(downsample(points, 3))).toEqual({
    ...{ steps: [10, 30, 60], values: [1, Number.NaN, 5], times: [2, 4, 7] },
    ...{ firstSteps: [0, 20, 40], firsts: [3, 2, 9], sums: [4, 2, 18] },
    ...{ minimums: [1, 2, 4], maximums: [3, 2, 9], counts: [2, 2, 3], nanCounts: [0, 1, 0] },
  });
});

test('a bucket of NaN alone says so; infinities are values', () => {
  const points = { steps: [1, 2, 3, 4], values: [Number.NaN, Number.NaN, -Infinity, Infinity] };
  const { minimums, maximums, nanCounts } = plain(downsample({ ...points, times: points.steps }, 2));
  expect([minimums, maximums, nanCounts]).toEqual([
    [Number.NaN, -Infinity],
    [Number.NaN, Infinity],
    [2, 0],
  ]);
});

test('few points stay as they are, no points stay none', () => {
  const points = { steps: [1, 2], values: [5, 6], times: [0, 0] };
  expect(plain(downsample(points, 10))).toMatchObject({
    ...points,
    minimums: [5, 6],
    maximums: [5, 6],
    counts: [1, 1],
  });
  expect(downsample({ steps: [], values: [], times: [] }, 10).values).toHaveLength(0);
});

test('never a number that was not logged; every point is in one bucket; extremes survive', () => {
  const value = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Infinity, -Infinity));
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (values, max) => {
        const steps = values.map((_, i) => 3 * i);
        const {
          counts,
          nanCounts,
          minimums,
          maximums,
          values: lasts,
          firsts,
          steps: at,
        } = downsample({ steps, values, times: steps }, max);
        expect(counts.length).toBeLessThanOrEqual(max);
        expect(counts.reduce((a, b) => a + b)).toBe(values.length);
        expect(nanCounts.reduce((a, b) => a + b)).toBe(values.filter(Number.isNaN).length);
        for (const v of [...minimums, ...maximums, ...lasts, ...firsts])
          expect(values.some((w) => Object.is(v, w) || v === w)).toBe(true);
        for (const step of at) expect(steps).toContain(step);
        const numbers = values.filter((v) => !Number.isNaN(v));
        if (numbers.length === 0) return;
        expect(Math.min(...minimums.filter((v) => !Number.isNaN(v)))).toBe(Math.min(...numbers));
        expect(Math.max(...maximums.filter((v) => !Number.isNaN(v)))).toBe(Math.max(...numbers));
      },
    ),
  );
});

test('fine buckets made coarser are what the points say, whatever the fine ones were', () => {
  const value = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(Number.NaN, Infinity, -Infinity));
  const sizes = fc.record({ size: fc.integer({ min: 1, max: 9 }), most: fc.integer({ min: 1, max: 9 }) });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), sizes, (values, { size, most }) => {
      const steps = values.map((_, i) => i);
      const points = { steps, values, times: steps };
      const coarse = plain(coarsen(bucketsOf(points, size), most));
      expect(coarse.counts.length).toBeLessThanOrEqual(most);
      let from = 0;
      for (const [b, count] of coarse.counts.entries()) {
        const slice = { steps: steps.slice(from), values: values.slice(from), times: steps.slice(from) };
        const alone = plain(bucketsOf(slice, count));
        for (const name of BUCKET_COLUMNS) expect(coarse[name][b]).toEqual(alone[name][0]);
        from += count;
      }
      expect(from).toBe(values.length);
    }),
  );
});
