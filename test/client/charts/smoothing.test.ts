import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { onAxis } from '../../../client/charts/curve-axis.js';
import type { Curve } from '../../../client/charts/curve-data.js';
import { type Smoothing, smooth } from '../../../client/charts/smoothing.js';

interface Case {
  x: number[];
  y: number[];
  results: { smoothing: Smoothing; values: number[] }[];
}
const cases: Case[] = JSON.parse(readFileSync('test/fixtures/analysis/smoothing.json', 'utf8'));
const pointsOf = ({ x, y }: Pick<Case, 'x' | 'y'>) => x.map((step, i) => ({ step, value: y[i]! }));

describe.each(cases.flatMap((one) => one.results.map((result) => ({ ...result, one }))))(
  '$smoothing.kind at $smoothing.strength',
  ({ smoothing, values, one }) => {
    test('is what SciPy and the published formulas give', () => {
      smooth(pointsOf(one), smoothing).forEach(({ value }, i) => {
        expect(value).toBeCloseTo(values[i]!, 9);
      });
    });
  },
);

test('NaN stays where it is and enters no average; a bucket counts with its mean', () => {
  const points = [
    { step: 1, value: 1 },
    { step: 2, value: Number.NaN },
    { step: 3, value: 9, mean: 3 },
  ];
  const smoothed = smooth(points, { kind: 'mean', strength: 0.5 });
  expect(smoothed.map(({ value }) => value)).toEqual([2, Number.NaN, 2]);
  expect(smooth(points, { kind: 'gaussian', strength: 0 })).toBe(points);
});

describe('axes', () => {
  const curve: Curve = {
    ...{ runId: 'r', label: 'r', end: 'finished', count: 4, isExact: true, startedAt: 1_000 },
    points: [1, 2, 3, 4].map((step) => ({ step, value: 10 - step, time: 1_000 + 500 * step })),
  };
  const counts = {
    points: [
      { step: 1, value: 100 },
      { step: 3, value: 400 },
    ],
  };

  test('tokens: as counted, between two counts on their line, and what has no count is said', () => {
    const placed = onAxis(curve, 'tokens', counts);
    expect(placed.points.map(({ step, value, logged }) => [step, value, logged])).toEqual([
      [100, 9, 1],
      [250, 8, 2],
      [400, 7, 3],
    ]);
    expect(placed.unplaced).toBe(1);
    const atZero = { ...curve, points: [{ step: 0, value: 9 }] };
    expect(onAxis(atZero, 'tokens', counts).points[0]!.step).toBe(0);
    expect(onAxis(curve, 'examples')).toMatchObject({ points: [], unplaced: 4 });
  });

  test('time: since the start of the run, or of the day', () => {
    expect(onAxis(curve, 'relative').points.map(({ step }) => step)).toEqual([0.5, 1, 1.5, 2]);
    expect(onAxis(curve, 'wall').points[0]!.step).toBe(1_500);
    expect(onAxis(curve, 'step')).toBe(curve);
  });
});
