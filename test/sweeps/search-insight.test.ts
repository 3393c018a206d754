import { describe, expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import type { SearchSpace } from '../../src/core/search-space.js';
import type { TrialRecord } from '../../src/search/sampler.js';
import { slicesOf } from '../../src/search/slices.js';
import { importanceOf } from '../../src/sweeps/parameter-importance.js';

const space: SearchSpace = [
  { kind: 'float', name: 'rate', min: 1e-4, max: 1e-1, scale: 'log' },
  { kind: 'categorical', name: 'rank', values: [16, 4, 1] },
  { kind: 'categorical', name: 'targets', values: ['all', 'attention'] },
];
/** valley in the logarithm of the rate at 1e-2, a little by rank, nothing by targets */
const lossAt = (rate: number, rank: number) => 3 + (Math.log10(rate) + 2) ** 2 + 0.2 / rank;

function historyOf(n: number, sign = 1, noise = 0): TrialRecord[] {
  const random = new RandomStream(7, 'slices');
  return Array.from({ length: n }, () => {
    const rate = 10 ** (-4 + 3 * random.next());
    const [rank, targets] = [[1, 4, 16][random.nextInt(3)]!, ['all', 'attention'][random.nextInt(2)]!];
    const value = sign * (lossAt(rate, rank) + noise * random.nextNormal());
    return { params: { rate, rank, targets }, state: 'finished' as const, value };
  });
}

const minimize = { goal: 'minimize' as const };

describe('slices of the model', () => {
  test('follow the function where trials are dense, with an interval around the mean', () => {
    const history = historyOf(40);
    const [rate, rank, targets] = slicesOf(space, history, minimize);
    const held = history[rate!.heldAt]!.params as { rank: number };
    for (const { value, mean, low, high } of rate!.points) {
      if (Math.abs(Math.log10(value as number) + 2) > 0.7) continue;
      expect(Math.abs(mean - lossAt(value as number, held.rank))).toBeLessThan(0.1);
      expect(low).toBeLessThan(mean);
      expect(high).toBeGreaterThan(mean);
    }
    const best = rate!.points.reduce((a, b) => (b.mean < a.mean ? b : a));
    expect(Math.abs(Math.log10(best.value as number) + 2)).toBeLessThan(0.2);
    expect(rank!.points.map(({ value }) => value)).toEqual([1, 4, 16]);
    expect(targets).toMatchObject({ kind: 'unordered' });
  });

  test('a sweep that maximises has its own sign, low below high', () => {
    const [rate] = slicesOf(space, historyOf(30, -1), { goal: 'maximize' });
    expect(rate!.points.every(({ low, high, mean }) => low <= mean && mean <= high && mean < 0)).toBe(true);
  });

  test('too few results have none, and the same history the same slices', () => {
    expect(slicesOf(space, historyOf(3), minimize)).toEqual([]);
    const diverged = historyOf(6).map((trial, i) =>
      i > 2 ? { ...trial, state: 'diverged' as const } : trial,
    );
    expect(slicesOf(space, diverged, minimize)).toEqual([]);
    expect(slicesOf(space, historyOf(12), minimize)).toEqual(slicesOf(space, historyOf(12), minimize));
  });
});

describe('importance', () => {
  test('the rate makes nearly everything, in its logarithm; targets nothing', () => {
    const { shares, explained, trials, leftOut } = importanceOf(space, historyOf(60), minimize);
    expect(shares[0]!.parameters).toEqual(['rate']);
    expect(shares[0]!.share).toBeGreaterThan(0.8);
    expect(shares.find(({ parameters }) => parameters.join() === 'targets')!.share).toBeLessThan(0.02);
    expect(explained).toBeGreaterThan(0.7);
    expect([trials, leftOut]).toEqual([60, []]);
  });

  test('one blow-up does not make everything', () => {
    const blown = [...historyOf(40), { ...historyOf(1)[0]!, state: 'diverged' as const, value: Number.NaN }];
    expect(importanceOf(space, blown, minimize).shares[0]!.share).toBeGreaterThan(0.7);
  });

  test('a parameter that some trials do not have is left out and named', () => {
    const history = historyOf(20).map((trial, i) => {
      const { targets: _, ...params } = trial.params;
      return i % 2 === 0 ? { ...trial, params } : trial;
    });
    expect(importanceOf(space, history, minimize).leftOut).toEqual(['targets']);
  });

  test('too few results have none', () => {
    expect(importanceOf(space, historyOf(3), minimize)).toMatchObject({
      shares: [],
      explained: null,
      trials: 3,
    });
  });
});
