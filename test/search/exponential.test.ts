import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { expNegative } from '../../src/search/exponential.js';
import { fixture } from './fixtures.js';

test('agrees with 40-digit values to 5e-16', () => {
  for (const [t, value] of fixture<[number, number][]>('exponential')) {
    expect(Math.abs(expNegative(t) - value) / value).toBeLessThan(5e-16);
  }
});

test('falls from 1 to 0, never rises, and takes any number', () => {
  expect([expNegative(0), expNegative(700), expNegative(Infinity), expNegative(Number.NaN)]).toEqual([
    1,
    0,
    0,
    Number.NaN,
  ]);
  fc.assert(
    fc.property(fc.double({ min: 0, max: 699, noNaN: true }), (t) => {
      const there = expNegative(t);
      expect(there).toBeGreaterThan(0);
      expect(expNegative(t * 1.000001 + 1e-9)).toBeLessThanOrEqual(there);
    }),
  );
});
