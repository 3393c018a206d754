import { describe, expect, test } from '@jest/globals';
import { RanksweepError } from '../../src/core/errors.js';
import type { Parameters, SearchSpace } from '../../src/core/search-space.js';
import { SWEEP_METHODS } from '../../src/core/sweep-config.js';
import { countPoints } from '../../src/search/finite-space.js';
import { pointKey, type SearchPolicy, type TrialRecord } from '../../src/search/sampler.js';
import { suggest } from '../../src/search/suggest.js';

/** alpha is tied to the rank, the ratio is there for one variant only, and the adapter may not be too large. */
const SPACE: SearchSpace = [
  { kind: 'float', name: 'rate', min: 1e-4, max: 1e-1, scale: 'log', count: 3 },
  { kind: 'categorical', name: 'lora.rank', values: [1, 2, 4, 8, 16] },
  { kind: 'tied', name: 'lora.alpha', expression: '2 * rank' },
  { kind: 'categorical', name: 'modules', values: [1, 2, 4] },
  { kind: 'categorical', name: 'variant', values: ['lora', 'plus'] },
  { kind: 'categorical', name: 'ratio', values: [2, 4, 8], when: 'variant == "plus"' },
];
const CONSTRAINTS = ['rank * modules <= 16'];

function run(
  method: SearchPolicy['method'],
  trials: number,
  more: Partial<SearchPolicy> = {},
): TrialRecord[] {
  const policy: SearchPolicy = { method, goal: 'minimize', constraints: CONSTRAINTS, ...more };
  const history: TrialRecord[] = [];
  for (let i = 0; i < trials; i++) {
    const suggestion = suggest(SPACE, history, policy, 3);
    if ('exhausted' in suggestion) break;
    history.push({ params: suggestion.params, state: 'finished', value: lossOf(suggestion.params) });
  }
  return history;
}

function lossOf(params: Parameters): number {
  const { rate, variant, ratio } = params as { rate: number; variant: string; ratio?: number };
  const distance = Math.abs(Math.log10(rate) + 2) + Math.abs(Math.log2((params['lora.rank'] as number) / 4));
  return distance + (variant === 'plus' ? 0.2 * Math.abs((ratio ?? 0) - 4) - 0.3 : 0);
}

describe.each(SWEEP_METHODS)('%s', (method) => {
  test('gives points that fulfil the constraints, with tied and conditional parameters as they must be', () => {
    const history = run(method, 16);
    expect(history).toHaveLength(16);
    for (const { params } of history) {
      const { modules, variant } = params as { modules: number; variant: string };
      const rank = params['lora.rank'] as number;
      expect(rank * modules).toBeLessThanOrEqual(16);
      expect(params['lora.alpha']).toBe(2 * rank);
      expect('ratio' in params).toBe(variant === 'plus');
      expect(Object.keys(params)).toEqual(SPACE.map(({ name }) => name).filter((name) => name in params));
    }
    expect(new Set(history.map(({ params }) => pointKey(params))).size).toBe(16);
    expect(run(method, 8).map(({ params }) => params)).toEqual(
      history.slice(0, 8).map(({ params }) => params),
    );
  });

  test('tries first what a person asked for, whole or in part', () => {
    const tryFirst = [
      { rate: 0.03, 'lora.rank': 8, modules: 2, variant: 'lora' },
      { 'lora.rank': 16, modules: 1 },
      { 'lora.rank': 16, modules: 4 },
    ];
    const [first, second, third] = run(method, 3, { tryFirst });
    expect(first!.params).toEqual({ ...tryFirst[0], 'lora.alpha': 16 });
    expect(second!.params).toMatchObject({ 'lora.rank': 16, modules: 1, 'lora.alpha': 32 });
    expect(third!.params).not.toMatchObject({ 'lora.rank': 16, modules: 4 });
  });
});

test('a grid has each point once: 3 rates × 12 allowed pairs × (1 + 3) variants', () => {
  expect(countPoints(SPACE, CONSTRAINTS)).toBe(3 * 12 * 4);
  const history = run('grid', 500);
  expect(history).toHaveLength(144);
  expect(new Set(history.map(({ params }) => pointKey(params))).size).toBe(144);
});

test("the recipe's own point needs no value for a parameter that is not there", () => {
  const defaults = { rate: 0.02, 'lora.rank': 4, modules: 2, variant: 'lora' };
  const [first] = run('bayes', 1, { defaults });
  expect(first!.params).toEqual({ ...defaults, 'lora.alpha': 8 });
  const [other] = run('bayes', 1, { defaults: { ...defaults, variant: 'plus' } });
  expect(other!.params).not.toMatchObject({ rate: 0.02 });
});

test('bayes finds the best variant with its own parameter', () => {
  const best = run('bayes', 24).reduce((a, b) => (b.value! < a.value! ? b : a));
  expect(best.params).toMatchObject({ variant: 'plus', ratio: 4, 'lora.rank': 4 });
});

test.each(['random', 'sobol', 'bayes'] as const)('%s says so when nothing is allowed', (method) => {
  const attempt = () => run(method, 1, { constraints: ['rank > 99'] });
  expect(attempt).toThrow(RanksweepError);
  expect(attempt).toThrow(/no point of the space/);
});
