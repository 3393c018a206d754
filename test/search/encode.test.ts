import { describe, expect, test } from '@jest/globals';
import type { ParameterSpec, SearchSpace } from '../../src/core/search-space.js';
import { decodePoint, dimensionsOf, encodedSpace, encodePoint } from '../../src/search/encode.js';
import { bestBelieved } from '../../src/search/incumbent.js';
import { observationsOf } from '../../src/search/observations.js';
import type { TrialRecord } from '../../src/search/sampler.js';

const dimension = (parameter: ParameterSpec) => dimensionsOf([parameter])[0]!;
const name = 'p';

describe('where values stand', () => {
  test('numbers in a list by their rank, whatever the order of the list', () => {
    const { kind, levels, encode, decode } = dimension({ kind: 'categorical', name, values: [64, 4, 16] });
    expect([kind, [...levels!]]).toEqual(['ordered', [0, 0.5, 1]]);
    expect([4, 16, 64].map(encode)).toEqual([0, 0.5, 1]);
    expect(decode(0.6)).toBe(16);
  });

  test('other values by an index without order; those of probability 0 are none', () => {
    const values = ['a', 'b', null, [1]];
    const { kind, levels, encode } = dimension({
      kind: 'categorical',
      name,
      values,
      probabilities: [0.5, 0, 0.2, 0.3],
    });
    expect([kind, [...levels!], encode([1]), encode('b')]).toEqual(['unordered', [0, 1, 2], 2, -1]);
  });

  test('log floats by their logarithm, ints and multiples at levels', () => {
    expect(dimension({ kind: 'float', name, min: 1e-4, max: 1, scale: 'log' }).encode(0.01)).toBeCloseTo(
      0.5,
      12,
    );
    expect([...dimension({ kind: 'int', name, min: 1, max: 3 }).levels!]).toEqual([0, 0.5, 1]);
    const { levels, decode } = dimension({
      kind: 'float',
      name,
      min: 0,
      max: 1,
      scale: 'linear',
      quantum: 0.25,
    });
    expect([[...levels!], decode(0.3)]).toEqual([[0, 0.25, 0.5, 0.75, 1], 0.25]);
    expect(dimension({ kind: 'int', name, min: 1, max: 1000 }).levels).toBeNull();
  });

  test('a normal by its distribution function', () => {
    const { encode, decode } = dimension({ kind: 'normal', name, mean: 2, deviation: 3, scale: 'linear' });
    expect(encode(2)).toBe(0.5);
    expect(decode(encode(6.5))).toBeCloseTo(6.5, 9);
  });

  test('constants and one-valued parameters have no dimension and come back', () => {
    const space: SearchSpace = [
      { kind: 'constant', name: 'c', value: 7 },
      { kind: 'int', name: 'i', min: 0, max: 4 },
      { kind: 'categorical', name: 'one', values: ['x'] },
    ];
    const encoded = encodedSpace(space);
    expect(encoded.dimensions.map((d) => d.name)).toEqual(['i']);
    expect(decodePoint(encoded, encodePoint(encoded, { i: 3 }))).toEqual({
      c: 7,
      i: 3,
      one: 'x',
    });
  });
});

describe('what a model learns from', () => {
  const finished = (value: number): TrialRecord => ({ params: { x: value }, state: 'finished', value });

  test('a diverged trial counts as the worst finite value; failed and pending ones tell nothing', () => {
    const history: TrialRecord[] = [
      ...[1, 2, 3].map(finished),
      { params: {}, state: 'diverged', value: Number.NaN },
      { params: {}, state: 'failed' },
      { params: {}, state: 'running' },
      { params: {}, state: 'stopped', value: 2.5 },
      { params: {}, state: 'stopped' },
    ];
    const { y, indices, finite, offset, scale } = observationsOf(history, 'minimize');
    expect([indices, finite]).toEqual([[0, 1, 2, 3, 6], 4]);
    expect(Array.from(y, (v) => Number((offset + scale * v).toFixed(9)))).toEqual([1, 2, 3, 3, 2.5]);
    expect(Array.from(y).reduce((a, b) => a + b)).toBeCloseTo(0, 12);
  });

  test('a predicted value carries its variance, in units of the standardised values', () => {
    const stopped: TrialRecord = { params: { x: 9 }, state: 'stopped', value: 2, variance: 0.5 };
    const { y, extra, scale } = observationsOf([...[1, 2, 3].map(finished), stopped], 'minimize');
    expect(extra).toEqual(Float64Array.of(0, 0, 0, 0.5 / scale / scale));
    expect(y[3]).toBe(y[1]);
    expect(observationsOf([1, 2, 3].map(finished), 'minimize').extra).toBeUndefined();
  });

  test('the bad side is cut, the good side is not', () => {
    const { y, offset, scale } = observationsOf([1, 2, 3, 4, 1000].map(finished), 'minimize');
    expect(offset + scale * y[4]!).toBeCloseTo(3 + 2 * Math.sqrt((4 + 1) / 2), 9);
    const up = observationsOf([1, 2, 3, 4, 1000].map(finished), 'maximize');
    expect(-(up.offset + up.scale * up.y[4]!)).toBeCloseTo(1000, 6);
  });
});

test('under noise the believed best is not the luckiest: a bowl at ½ with one lucky value at its edge', () => {
  const space: SearchSpace = [{ kind: 'float', name: 'x', min: 0, max: 1, scale: 'linear' }];
  const history: TrialRecord[] = Array.from({ length: 21 }, (_, i) => {
    const x = i / 20;
    const noise = i === 2 ? -0.85 : i % 2 === 0 ? 0.05 : -0.05;
    return { params: { x }, state: 'finished', value: 5 * (x - 0.5) ** 2 + noise };
  });
  const believed = bestBelieved(space, history, { goal: 'minimize' })!;
  expect(Math.min(...history.map(({ value }) => value!))).toBe(history[2]!.value);
  expect(Math.abs((history[believed]!.params.x as number) - 0.5)).toBeLessThan(0.16);
  expect(
    bestBelieved(space, [{ params: { x: 0 }, state: 'diverged' }], { goal: 'minimize' }),
  ).toBeUndefined();
});
