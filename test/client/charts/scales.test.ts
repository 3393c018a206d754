import { expect, test } from '@jest/globals';
import { domainOf, numericScale, tickLabel, ticksOf } from '../../../client/charts/scales.js';

const ticks = (kind: 'linear' | 'log', low: number, high: number) =>
  ticksOf(numericScale(kind, [low, high], [0, 100]), kind, 5);

test.each([
  [1e-5, 1, [1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1]],
  [0.001, 0.017, [0.001, 0.002, 0.005, 0.01]],
  [1, 16, [1, 2, 5, 10]],
  [3.4, 4.2, [3.4, 3.6, 3.8, 4, 4.2]],
  [1e-12, 1, [1e-12, 1e-9, 1e-6, 1e-3, 1]],
])('a log axis from %s to %s has round ticks', (low, high, expected) => {
  expect(ticks('log', low, high)).toEqual(expected);
});

test('a domain has air, ignores what has no place, and is missing without any value', () => {
  expect(domainOf([1, 3, Number.NaN, Number.POSITIVE_INFINITY], 'linear')).toEqual([0.9, 3.1]);
  expect(domainOf([0, -1, 1, 10], 'log')!.map((x) => Number(x.toFixed(3)))).toEqual([0.891, 11.22]);
  expect(domainOf([5], 'linear')).toEqual([4.75, 5.25]);
  expect(domainOf([Number.NaN], 'linear')).toBeUndefined();
  expect(domainOf([0], 'log')).toBeUndefined();
});

test('tick labels are short', () => {
  expect([0, 0.5, 0.0001, 12_000, -3, 1e20, 2.5e-6].map(tickLabel)).toEqual([
    '0',
    '0.5',
    '1e−4',
    '12k',
    '−3',
    '1e20',
    '2.5e−6',
  ]);
});
