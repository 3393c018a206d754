import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { levelsOf, type ParameterSpec } from '../../src/core/search-space.js';
import { betaQuantile, normalQuantile, regularisedBeta } from '../../src/core/search-space-distributions.js';
import { quantileOf } from '../../src/core/search-space-quantile.js';
import { countPoints } from '../../src/search/finite-space.js';

interface Reference {
  u: number[];
  normal: number[];
  normalTail: { u: number[]; x: number[] };
  beta: { a: number; b: number; x: number[] }[];
}
const reference = JSON.parse(readFileSync('test/fixtures/search/quantiles.json', 'utf8')) as Reference;
const relative = (a: number, b: number) => Math.abs(a - b) / Math.max(Math.abs(b), 1e-300);

describe("against SciPy's", () => {
  test('normal quantiles, tails included', () => {
    reference.u.forEach((u, i) => {
      expect(normalQuantile(u)).toBeCloseTo(reference.normal[i]!, 12);
    });
    reference.normalTail.u.forEach((u, i) => {
      expect(relative(normalQuantile(u), reference.normalTail.x[i]!)).toBeLessThan(1e-13);
    });
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([-Infinity, Infinity]);
  });

  test.each(reference.beta)('quantiles of Beta($a, $b)', ({ a, b, x }) => {
    reference.u.forEach((u, i) => {
      expect(relative(betaQuantile(u, a, b), x[i]!)).toBeLessThan(1e-9);
      if (x[i]! < 1) expect(regularisedBeta(x[i]!, a, b)).toBeCloseTo(u, 12);
    });
    expect([betaQuantile(0, a, b), betaQuantile(1, a, b)]).toEqual([0, 1]);
  });
});

const at = (parameter: ParameterSpec, us: number[]) => us.map((u) => quantileOf(parameter, u));
const name = 'p';

describe('what each distribution means', () => {
  test('float, linear and log', () => {
    const linear = { kind: 'float', name, min: 2, max: 6, scale: 'linear' } as const;
    expect(at(linear, [0, 0.25, 1])).toEqual([2, 3, 6]);
    const log = { kind: 'float', name, min: 1e-4, max: 1, scale: 'log' } as const;
    expect(quantileOf(log, 0.25)).toBeCloseTo(1e-3, 15);
    expect(at(log, [0, 1])).toEqual([1e-4, 1]);
  });

  test('int: each of 3, 4, 5 a third', () => {
    const parameter = { kind: 'int', name, min: 3, max: 5 } as const;
    expect(at(parameter, [0, 0.333, 0.334, 0.666, 0.667, 1])).toEqual([3, 3, 4, 4, 5, 5]);
  });

  test('quantum: multiples of it, inside the range, without binary dirt', () => {
    const parameter = { kind: 'float', name, min: 0.1, max: 0.7, scale: 'linear', quantum: 0.1 } as const;
    expect(at(parameter, [0, 0.34, 1])).toEqual([0.1, 0.3, 0.7]);
    const odd = { kind: 'float', name, min: 0.4, max: 1.6, scale: 'linear', quantum: 1 } as const;
    expect(at(odd, [0, 0.5, 1])).toEqual([1, 1, 1]);
  });

  test('categories, equally likely or not', () => {
    const plain = { kind: 'categorical', name, values: ['a', 'b', null, { c: 1 }] } as const;
    expect(at({ ...plain, values: [...plain.values] }, [0, 0.3, 0.6, 0.99])).toEqual(plain.values);
    const weighted: ParameterSpec = {
      kind: 'categorical',
      name,
      values: [1, 2, 3],
      probabilities: [0.2, 0, 0.8],
    };
    expect(at(weighted, [0, 0.19, 0.2, 0.999999999, 1])).toEqual([1, 1, 3, 3, 3]);
  });

  test('normal and log-normal', () => {
    const normal = { kind: 'normal', name, mean: 3, deviation: 2, scale: 'linear' } as const;
    expect(quantileOf(normal, 0.975)).toBeCloseTo(3 + 2 * 1.959963984540054, 12);
    expect(quantileOf({ ...normal, scale: 'log' }, 0.5)).toBeCloseTo(Math.exp(3), 12);
    expect(quantileOf({ ...normal, quantum: 0.5 }, 0.5)).toBe(3);
  });
});

describe('what a grid counts', () => {
  test('the levels of each kind', () => {
    expect(levelsOf({ kind: 'int', name, min: 1, max: 4 })).toEqual([1, 2, 3, 4]);
    expect(levelsOf({ kind: 'int', name, min: 1, max: 9, count: 3 })).toEqual([1, 5, 9]);
    expect(levelsOf({ kind: 'float', name, min: 1, max: 100, scale: 'log', count: 3 })).toEqual([1, 10, 100]);
    expect(levelsOf({ kind: 'float', name, min: 0, max: 0.3, scale: 'linear', quantum: 0.1 })).toEqual([
      0, 0.1, 0.2, 0.3,
    ]);
    expect(levelsOf({ kind: 'float', name, min: 0, max: 1, scale: 'linear' })).toBeNull();
    expect(levelsOf({ kind: 'float', name, min: 1, max: 1, scale: 'linear' })).toEqual([1]);
    expect(levelsOf({ kind: 'int', name, min: 0, max: 1e9 })).toBeNull();
    expect(levelsOf({ kind: 'beta', name, a: 1, b: 1 })).toBeNull();
  });

  test('the size is the product, or null for a continuum', () => {
    const values = { kind: 'categorical', name, values: [1, 2, 3] } as const;
    expect(
      countPoints([
        { ...values, values: [1, 2, 3] },
        { kind: 'int', name: 'n', min: 0, max: 4 },
      ]),
    ).toBe(15);
    expect(countPoints([{ kind: 'normal', name, mean: 0, deviation: 1, scale: 'linear' }])).toBeNull();
  });
});

test('quantiles grow with u and stay within the limits', () => {
  const u = fc.double({ min: 0, max: 1, noNaN: true });
  const limits = fc.tuple(
    fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
    fc.double({ min: 1, max: 1e6, noNaN: true }),
  );
  fc.assert(
    fc.property(
      u,
      u,
      limits,
      fc.constantFrom('linear' as const, 'log' as const),
      (a, b, [min, factor], scale) => {
        const parameter = { kind: 'float', name, min, max: min * factor, scale } as const;
        const [low, high] = at(parameter, [Math.min(a, b), Math.max(a, b)]) as [number, number];
        return low <= high && low >= min && high <= parameter.max;
      },
    ),
  );
});
