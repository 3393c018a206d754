import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeColumn, encodeColumn } from '../../src/runs/column-codec.js';

const special = fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 5e-324, 2 ** 53, -(2 ** 53));
const columns = fc.oneof(
  fc.array(fc.oneof(fc.double(), special)),
  fc.array(fc.oneof(fc.float(), special)),
  fc.array(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -3, max: 3 }), fc.constant(-0))),
  fc
    .tuple(fc.double(), fc.double(), fc.integer({ min: 0, max: 40 }))
    .map(([first, difference, length]) => Array.from({ length }, (_, i) => first + i * difference)),
);

test('every column comes back bit for bit: any doubles, floats, whole numbers, progressions, NaN, the infinities, -0', () => {
  fc.assert(
    fc.property(columns, (numbers) => {
      const decoded = decodeColumn(encodeColumn(Float64Array.from(numbers)), numbers.length);
      expect(decoded.length).toBe(numbers.length);
      for (const [i, number] of numbers.entries()) expect(Object.is(decoded[i], number)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test('steps cost 17 bytes in all, times about a byte each, losses from Float32 four', () => {
  const column = (of: (i: number) => number) => Float64Array.from({ length: 1000 }, (_, i) => of(i));
  const bytes = (of: (i: number) => number) => encodeColumn(column(of)).length;
  expect(bytes((i) => 10 * i)).toBe(17);
  expect(bytes((i) => 1_764_000_000_000 + 37 * i + (i % 3))).toBeLessThan(1100);
  expect(bytes((i) => Math.fround(Math.sin(i)))).toBe(4001);
  expect(bytes((i) => Math.sin(i))).toBe(8001);
});

test('bytes that are no column are refused, not read beyond their end', () => {
  const damaged = [[9, 1, 2], [0, 1], [1, 1], [2, 1], [3]].map((bytes) => Buffer.from(bytes));
  for (const bytes of damaged) expect(() => decodeColumn(bytes, 2)).toThrow('a damaged column');
});
