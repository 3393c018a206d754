import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { functionalAnova } from '../../src/analysis/functional-anova.js';
import type { ForestDimension } from '../../src/analysis/regression-forest.js';
import { RandomStream } from '../../src/core/random.js';

interface Case {
  name: string;
  X: number[][];
  y: number[];
  /** x0, x1, x2, x0·x1, x0·x2, x1·x2 */
  shares: number[];
  between_seeds: number[];
}
const cases: Case[] = JSON.parse(readFileSync('test/fixtures/analysis/functional-anova.json', 'utf8'));
const ordered = (n: number): ForestDimension[] => Array.from({ length: n }, () => ({ kind: 'ordered' }));

/** All points of a grid in the middle of its cells: there the forest has nothing to guess. */
function grid(n: number, of: (a: number, b: number) => number) {
  const places = Array.from({ length: n }, (_, i) => (i + 0.5) / n);
  const X = places.flatMap((a) => places.map((b) => [a, b]));
  return { X, y: X.map(([a, b]) => of(a!, b!)), dimensions: ordered(2) };
}

test.each(cases)(
  '$name: as Optuna’s fANOVA, to the spread between its own seeds',
  ({ X, y, shares, between_seeds }) => {
    const found = functionalAnova({ X, y, dimensions: ordered(3) })!;
    const all = [...found.single, ...found.pairs].map(({ share }) => share);
    all.forEach((share, k) => {
      expect(Math.abs(share - shares[k]!)).toBeLessThan(0.012 + 3 * between_seeds[k]!);
    });
  },
);

describe('closed forms', () => {
  test('a sum: shares are those of the squares of its weights, and there is no interaction', () => {
    const { single, pairs, explained } = functionalAnova(grid(12, (a, b) => 3 * a + b))!;
    expect(single[0]!.share).toBeCloseTo(0.9, 1);
    expect(single[1]!.share).toBeCloseTo(0.1, 1);
    expect(pairs[0]!.share).toBeLessThan(0.02);
    expect(explained).toBeGreaterThan(0.9);
  });

  test('a product of centred factors is interaction alone', () => {
    const { single, pairs } = functionalAnova(grid(14, (a, b) => Math.sign(a - 0.5) * Math.sign(b - 0.5)))!;
    expect(pairs[0]!.share).toBeGreaterThan(0.95);
    expect(single[0]!.share).toBeLessThan(0.03);
  });

  test('in two dimensions the shares of one tree add up to 1', () => {
    const random = new RandomStream(1, 'sum');
    const X = Array.from({ length: 40 }, () => [random.next(), random.next()]);
    const y = X.map(() => random.nextNormal());
    const { single, pairs } = functionalAnova({ X, y, dimensions: ordered(2) }, { trees: 1 })!;
    expect(single[0]!.share + single[1]!.share + pairs[0]!.share).toBeCloseTo(1, 12);
  });

  test('a category counts by its share, whatever its number', () => {
    const X = Array.from({ length: 120 }, (_, i) => [i % 4, ((i * 7) % 120) / 120]);
    const y = X.map(([c]) => (c === 2 ? 1 : 0));
    const dimensions: ForestDimension[] = [{ kind: 'unordered', categories: 4 }, { kind: 'ordered' }];
    const { single } = functionalAnova({ X, y, dimensions })!;
    expect(single[0]!.share).toBeCloseTo(1, 6);
    expect(single[1]!.share).toBeCloseTo(0, 6);
  });
});

test('noise is called noise', () => {
  const random = new RandomStream(5, 'noise');
  const X = Array.from({ length: 60 }, () => [random.next(), random.next()]);
  const y = X.map(() => random.nextNormal());
  expect(functionalAnova({ X, y, dimensions: ordered(2) })!.explained).toBeLessThan(0.2);
});

test('values that do not differ have no shares', () => {
  expect(functionalAnova({ X: [[0], [0.5], [1]], y: [1, 1, 1], dimensions: ordered(1) })).toBeNull();
  expect(functionalAnova({ X: [[0], [1]], y: [1, 2], dimensions: ordered(1) })).toBeNull();
});
