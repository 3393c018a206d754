import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Goal } from '../../src/core/metric-value.js';
import { paretoFront } from '../../src/core/pareto-front.js';

test('two losses', () => {
  const points = [
    [1, 5],
    [2, 4],
    [3, 4],
    [2, 6],
    [5, 1],
  ];
  expect(paretoFront(points, ['minimize', 'minimize'])).toEqual([0, 1, 4]);
});

test('a goal to maximise turns its axis around', () => {
  const points = [
    [1, 5],
    [2, 6],
    [2, 4],
  ];
  expect(paretoFront(points, ['minimize', 'maximize'])).toEqual([0, 1]);
});

test('equal points stand together, values that are not finite never', () => {
  const points = [
    [1, 1],
    [1, 1],
    [Number.NaN, 0],
    [-Infinity, 0],
    [0, Infinity],
  ];
  expect(paretoFront(points, ['minimize', 'minimize'])).toEqual([0, 1]);
  expect(paretoFront([], ['minimize', 'minimize'])).toEqual([]);
});

test('is what the definition says, in three dimensions', () => {
  const goals: Goal[] = ['minimize', 'maximize', 'minimize'];
  const beats = (a: number[], b: number[]) => {
    const loss = (p: number[]) => [p[0]!, -p[1]!, p[2]!];
    return loss(a).every((v, k) => v <= loss(b)[k]!) && loss(a).some((v, k) => v < loss(b)[k]!);
  };
  const point = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(point, { maxLength: 30 }), (points) => {
      const wanted = points.flatMap((p, i) => (points.some((q) => beats(q, p)) ? [] : [i]));
      expect(paretoFront(points, goals)).toEqual(wanted);
    }),
  );
});
