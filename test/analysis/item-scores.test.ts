import { expect, test } from '@jest/globals';
import { alignItems, meanOfItems, meansOfGroups } from '../../src/analysis/item-scores.js';

test('the mean is weighted, ignores items of weight 0, and keeps NaN', () => {
  expect(meanOfItems([1, 2, 6], null)).toBe(3);
  expect(meanOfItems([1, 2, Number.NaN], [3, 1, 0])).toBe(1.25);
  expect(meanOfItems([1, Number.NaN], null)).toBeNaN();
  expect(meanOfItems([], null)).toBeNaN();
});

test('scorings are aligned by key, whatever their order, and what one lacks is counted', () => {
  const a = { keys: ['x', 'y', 'z'], values: [1, 2, 3], weights: [10, 20, 30] };
  const b = { keys: ['w', 'z', 'x'], values: [0, 30, 10], weights: null };
  const { keys, values, weights, left } = alignItems([a, b]);
  expect(keys).toEqual(['x', 'z']);
  expect(values.map((column) => [...column])).toEqual([
    [1, 3],
    [10, 30],
  ]);
  expect([...weights!]).toEqual([10, 30]);
  expect(left).toEqual([1, 1]);
});

test('groups have means of their own, and items without a group are in none', () => {
  const means = meansOfGroups(['a', null, 'b', 'a'], [1, 100, 5, 3], [1, 1, 1, 3]);
  expect(Object.fromEntries(means)).toEqual({ a: { items: 2, value: 2.5 }, b: { items: 1, value: 5 } });
});
