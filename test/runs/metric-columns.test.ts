import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MetricChunk } from '../../src/runs/metric-chunk.entity.js';
import {
  CHUNK_POINTS,
  emptySeries,
  extendChunks,
  extendSeries,
  packFloats,
  unpackFloats,
} from '../../src/runs/metric-columns.js';

const anyDouble = fc.double();

test('every double survives packing bit for bit: NaN, the infinities, -0, the smallest', () => {
  fc.assert(
    fc.property(fc.array(anyDouble), fc.array(anyDouble), (first, second) => {
      const unpacked = unpackFloats([packFloats(first), packFloats(second)]);
      expect(unpacked.length).toBe(first.length + second.length);
      for (const [i, value] of [...first, ...second].entries())
        expect(Object.is(unpacked[i], value)).toBe(true);
    }),
  );
});

/** What the database does with the chunks of one batch after the other. */
function storeAll(batches: { step: number; value: number; time: number }[][]) {
  let series = emptySeries('run', 'loss');
  const stored = new Map<number, MetricChunk>();
  for (const batch of batches) {
    const open =
      series.count % CHUNK_POINTS === 0 ? undefined : stored.get(Math.floor(series.count / CHUNK_POINTS));
    for (const chunk of extendChunks(series, open, batch)) stored.set(chunk.seq, chunk);
    series = extendSeries(series, batch);
  }
  return { series, chunks: [...stored.values()] };
}

const point = fc.record({ step: fc.integer(), value: anyDouble, time: fc.integer() });
const batches = fc.array(fc.array(point, { minLength: 1, maxLength: 1700, size: 'max' }), {
  minLength: 1,
  maxLength: 5,
});

test('however points are cut into batches, the chunks hold them in order, are full but for the last, and their headers are true', () => {
  fc.assert(
    fc.property(batches, (cut) => {
      const { series, chunks } = storeAll(cut);
      const values = cut.flat().map(({ value }) => value);
      expect([...unpackFloats(chunks.map((chunk) => chunk.values))]).toEqual(values);
      expect(chunks.map(({ seq }) => seq)).toEqual(chunks.map((_, i) => i));
      expect(chunks.slice(0, -1).every(({ count }) => count === CHUNK_POINTS)).toBe(true);
      for (const header of [series, ...chunks]) {
        const own = 'seq' in header ? [...unpackFloats([header.values])] : values;
        const numbers = own.filter((value) => !Number.isNaN(value));
        expect(header.count).toBe(own.length);
        expect(header.nanCount).toBe(own.length - numbers.length);
        expect(header.min).toEqual(numbers.length === 0 ? null : numbers.reduce((a, b) => Math.min(a, b)));
        expect(header.max).toEqual(numbers.length === 0 ? null : numbers.reduce((a, b) => Math.max(a, b)));
        expect(header.lastStep).toBe(
          unpackFloats(['seq' in header ? header.steps : chunks.at(-1)!.steps]).at(-1),
        );
      }
    }),
    { numRuns: 25 },
  );
});
