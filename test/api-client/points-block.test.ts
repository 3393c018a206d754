import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { packPoints, unpackPoints } from '../../src/api-client/points-block.js';
import { packBatch, unpackBatch } from '../../src/runs/point-batch.js';

const doubles = (length: number) => fc.array(fc.double(), { minLength: length, maxLength: length });
const columns = fc.nat({ max: 6 }).chain((n) =>
  fc.record({
    metric: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }),
    ...{ steps: doubles(n), values: doubles(n), times: doubles(n) },
  }),
);

test('the server reads a block to the bit, and a client reads it again', () => {
  fc.assert(
    fc.property(fc.array(columns, { maxLength: 5 }), (series) => {
      const block = packPoints(series);
      expect(packBatch(unpackBatch(block)).equals(block)).toBe(true);
      expect(packPoints(unpackPoints(block)).equals(block)).toBe(true);
    }),
  );
});

test('a block that was cut is none', () => {
  const block = packPoints([{ metric: 'loss', steps: [1], values: [-0], times: [2] }]);
  expect(Object.is(unpackPoints(block)[0]!.values[0], -0)).toBe(true);
  expect(() => unpackPoints(block.subarray(0, -1))).toThrow('its head announces');
});
