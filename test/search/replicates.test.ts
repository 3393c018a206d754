import { expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import type { SearchSpace } from '../../src/core/search-space.js';
import { pointKey, type SearchPolicy, type TrialRecord } from '../../src/search/sampler.js';
import { suggest } from '../../src/search/suggest.js';

const space: SearchSpace = [{ kind: 'float', name: 'x', min: 0, max: 1, scale: 'linear' }];
const policy: SearchPolicy = { method: 'random', goal: 'minimize', seeds: 3 };
const grid: SearchSpace = [{ kind: 'categorical', name: 'x', values: [0.1, 0.5, 0.9] }];

function sweep(trials: number, over: SearchSpace, by: SearchPolicy, noise: number) {
  const random = new RandomStream(1, 'noise');
  const history: TrialRecord[] = [];
  const replicates: number[] = [];
  for (let i = 0; i < trials; i++) {
    const suggestion = suggest(over, history, by, 5);
    if ('exhausted' in suggestion) break;
    const sign = by.goal === 'minimize' ? 1 : -1;
    const value = sign * ((suggestion.params.x as number) - 0.1) ** 2 + noise * (random.next() - 0.5);
    history.push({ params: suggestion.params, state: 'finished', value });
    replicates.push(suggestion.replicate ?? 0);
  }
  return { history, replicates };
}

const countOf = (history: TrialRecord[]) => {
  const counts = new Map<string, number>();
  for (const { params } of history) counts.set(pointKey(params), (counts.get(pointKey(params)) ?? 0) + 1);
  return counts;
};

test.each(['minimize', 'maximize'] as const)(
  'contenders get replicates, up to seeds, within a third of the sweep (%s)',
  (goal) => {
    const { history, replicates } = sweep(30, space, { ...policy, goal }, 0.01);
    expect(replicates.slice(0, 3)).toEqual([0, 0, 0]);
    const spent = replicates.filter((replicate) => replicate > 0).length;
    expect(spent).toBeGreaterThan(3);
    expect(spent).toBeLessThanOrEqual(10);
    expect(Math.max(...countOf(history).values())).toBe(3);
    const repeated = history
      .filter((_, i) => replicates[i]! > 0)
      .map(({ params }) => Math.abs((params.x as number) - 0.1));
    expect(Math.max(...repeated)).toBeLessThan(0.3);
  },
);

test('a grid is tried whole, then every point again, the best first', () => {
  const { history, replicates } = sweep(99, grid, { ...policy, method: 'grid', seeds: 2 }, 0);
  expect(replicates).toEqual([0, 0, 0, 1, 1, 1]);
  expect(history.slice(3).map(({ params }) => params.x)).toEqual([0.1, 0.5, 0.9]);
});

test('one seed: nothing twice; what failed is not tried again', () => {
  expect(sweep(99, grid, { ...policy, method: 'grid', seeds: 1 }, 0).replicates).toEqual([0, 0, 0]);
  const failed =
    grid[0]!.kind === 'categorical'
      ? grid[0]!.values.map((x) => ({ params: { x }, state: 'failed' as const }))
      : [];
  expect(suggest(grid, failed, { ...policy, method: 'grid' }, 1)).toEqual({ exhausted: true });
});

test('the search sees one mean for each configuration', () => {
  const twice: TrialRecord[] = [1, 3].map((value) => ({ params: { x: 0.2 }, state: 'finished', value }));
  const once: TrialRecord[] = [{ params: { x: 0.2 }, state: 'finished', value: 2 }];
  const bayes: SearchPolicy = { ...policy, method: 'bayes' };
  expect(suggest(space, twice, bayes, 3)).toEqual(suggest(space, once, bayes, 3));
});
