import { describe, expect, test } from '@jest/globals';
import { RanksweepError } from '../../src/core/errors.js';
import type { Parameters, SearchSpace } from '../../src/core/search-space.js';
import { parseSweep } from '../../src/core/sweep-config.js';
import { historyHash, type ModelWhy, type SearchPolicy, type TrialRecord } from '../../src/search/sampler.js';
import { policyOf, suggest } from '../../src/search/suggest.js';

const minimise: SearchPolicy = { method: 'bayes', goal: 'minimize', runCap: 20 };

function searchBy(
  space: SearchSpace,
  policy: SearchPolicy,
  seed: number,
  trials: number,
  value: (params: Parameters) => number,
): TrialRecord[] {
  const history: TrialRecord[] = [];
  for (let i = 0; i < trials; i++) {
    const suggestion = suggest(space, history, policy, seed);
    if ('exhausted' in suggestion) break;
    history.push({ params: suggestion.params, state: 'finished', value: value(suggestion.params) });
  }
  return history;
}

const A = [
  [3, 10, 30],
  [0.1, 10, 35],
  [3, 10, 30],
  [0.1, 10, 35],
];
const P = [
  [3689, 1170, 2673],
  [4699, 4387, 7470],
  [1091, 8732, 5547],
  [381, 5743, 8828],
];
const CUBE: SearchSpace = ['x', 'y', 'z'].map((name) => ({
  kind: 'float',
  name,
  min: 0,
  max: 1,
  scale: 'linear',
}));

/** Hartmann's function of three variables: minimum −3.86278. */
function hartmann3({ x, y, z }: Parameters): number {
  const at = [x, y, z] as number[];
  const distance = (i: number) => at.reduce((sum, v, j) => sum + A[i]![j]! * (v - P[i]![j]! / 1e4) ** 2, 0);
  return -[1, 1.2, 3, 3.2].reduce((sum, alpha, i) => sum + alpha * Math.exp(-distance(i)), 0);
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

test('bayes beats random on Hartmann-3: 8 seeds, 18 trials', () => {
  const best = (method: 'bayes' | 'random', seed: number) =>
    Math.min(...searchBy(CUBE, { ...minimise, method }, seed, 18, hartmann3).map(({ value }) => value!)) +
    3.86278;
  const seeds = Array.from({ length: 8 }, (_, seed) => seed);
  const bayes = seeds.map((seed) => best('bayes', seed));
  const random = seeds.map((seed) => best('random', seed));
  expect(seeds.filter((seed) => bayes[seed]! < random[seed]!).length).toBeGreaterThanOrEqual(6);
  expect(median(bayes)).toBeLessThan(0.25 * median(random));
});

test('maximising is minimising the negative', () => {
  const down = searchBy(CUBE, minimise, 4, 9, hartmann3);
  const up = searchBy(CUBE, { ...minimise, goal: 'maximize' }, 4, 9, (params) => -hartmann3(params));
  expect(up.map(({ params }) => params)).toEqual(down.map(({ params }) => params));
});

describe('grid', () => {
  const policy: SearchPolicy = { method: 'grid', goal: 'minimize' };

  test('counts in the order of the file, the last parameter fastest', () => {
    const space: SearchSpace = [
      { kind: 'categorical', name: 'rank', values: [8, 2] },
      { kind: 'float', name: 'rate', min: 0.001, max: 0.1, scale: 'log', count: 3 },
    ];
    const points = searchBy(space, policy, 0, 10, () => 1).map(({ params }) => Object.values(params));
    expect(points.map((p) => p.join(' '))).toEqual([
      '8 0.001',
      '8 0.01',
      '8 0.1',
      '2 0.001',
      '2 0.01',
      '2 0.1',
    ]);
  });

  test('refuses a continuum without a count and names it', () => {
    const attempt = () => suggest([CUBE[0]!, { kind: 'int', name: 'n', min: 1, max: 3 }], [], policy, 0);
    expect(attempt).toThrow(RanksweepError);
    expect(attempt).toThrow(
      expect.objectContaining({ problems: [expect.objectContaining({ field: 'parameters.x' })] }),
    );
  });

  test('goes on after points that came from elsewhere', () => {
    const space: SearchSpace = [{ kind: 'int', name: 'n', min: 1, max: 3 }];
    const history: TrialRecord[] = [{ params: { n: 2 }, state: 'finished', value: 1 }];
    expect(suggest(space, history, policy, 0)).toMatchObject({ params: { n: 3 } });
  });
});

test('random draws follow the distribution: quarters of a log range have a quarter of the draws each', () => {
  const space: SearchSpace = [{ kind: 'float', name: 'rate', min: 1e-4, max: 1, scale: 'log' }];
  const policy: SearchPolicy = { method: 'random', goal: 'minimize' };
  const counts = [0, 0, 0, 0];
  const history: TrialRecord[] = [];
  for (let i = 0; i < 1000; i++) {
    history.push({ params: { i }, state: 'failed' });
    const { params } = suggest(space, history, policy, 11) as { params: Parameters };
    counts[Math.min(3, Math.floor(Math.log10(params.rate as number) + 4))]!++;
  }
  for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(55);
});

describe('bayes', () => {
  const RATE_AND_RANK: SearchSpace = [
    { kind: 'float', name: 'optimizer.learningRate', min: 1e-5, max: 1, scale: 'log' },
    { kind: 'categorical', name: 'lora.rank', values: [1, 2, 4, 8, 16] },
  ];

  test("starts with the recipe's own values where they lie in the space, exactly as written", () => {
    const inside = { ...minimise, defaults: { 'optimizer.learningRate': 2e-4, 'lora.rank': 8 } };
    expect(suggest(RATE_AND_RANK, [], inside, 0)).toEqual({
      params: { 'optimizer.learningRate': 2e-4, 'lora.rank': 8 },
      why: { kind: 'initial', rule: 'default', index: 0, of: 4 },
    });
    const outside = { ...minimise, defaults: { 'optimizer.learningRate': 2e-4, 'lora.rank': 3 } };
    expect(suggest(RATE_AND_RANK, [], outside, 0)).toMatchObject({ why: { kind: 'initial', rule: 'sobol' } });
  });

  test('gives workers that start together different points', () => {
    const history: TrialRecord[] = [];
    for (let i = 0; i < 12; i++) {
      const { params } = suggest(RATE_AND_RANK, history, minimise, 0) as { params: Parameters };
      history.push({ params, state: 'running' });
    }
    expect(new Set(history.map(({ params }) => JSON.stringify(params))).size).toBe(12);
  });

  test('leaves the neighbourhood of a pending trial and says that it saw it', () => {
    const done = searchBy(CUBE, minimise, 2, 8, hartmann3);
    const next = suggest(CUBE, done, minimise, 2) as { params: Parameters; why: ModelWhy };
    const pending: TrialRecord = { params: next.params, state: 'running' };
    const after = suggest(CUBE, [...done, pending], minimise, 2) as { params: Parameters; why: ModelWhy };
    const distance = Math.hypot(
      ...['x', 'y', 'z'].map((k) => (next.params[k] as number) - (after.params[k] as number)),
    );
    expect(distance).toBeGreaterThan(0.05);
    expect(after.why).toMatchObject({ pending: 1, observed: 8, pendingRule: 'kriging believer' });
  });

  test('stays away from a cliff: diverged above 0.02, best at 0.01', () => {
    const space = RATE_AND_RANK.slice(0, 1);
    const history: TrialRecord[] = [];
    for (let i = 0; i < 20; i++) {
      const { params } = suggest(space, history, minimise, 5) as { params: Parameters };
      const rate = params['optimizer.learningRate'] as number;
      history.push(
        rate > 0.02
          ? { params, state: 'diverged', value: Number.NaN }
          : { params, state: 'finished', value: (Math.log10(rate) + 2) ** 2 },
      );
    }
    const best = Math.min(...history.map(({ value }) => (Number.isFinite(value) ? value! : Infinity)));
    expect(best).toBeLessThan(0.05);
    expect(history.filter(({ state }) => state === 'diverged').length).toBeLessThan(9);
  });

  test('explains itself in the units of the objective', () => {
    const history = searchBy(CUBE, minimise, 1, 12, (params) => 1000 + 50 * hartmann3(params));
    const { why } = suggest(CUBE, history, minimise, 1) as { why: ModelWhy };
    expect(why.incumbent).toBeGreaterThan(1000 - 50 * 3.87 - 20);
    expect(why.incumbent).toBeLessThan(1000);
    expect(why.expectedImprovement).toBeCloseTo(Math.exp(why.logExpectedImprovement!), 12);
    expect(['exploit', 'explore']).toContain(why.kind);
    expect(why.kind === 'exploit').toBe(why.predicted.mean < why.incumbent!);
  });
});

test("a sweep's policy takes the defaults from run, if it gives all of the searched fields", () => {
  const yaml = (rank: string) => `
method: bayes
metric: {name: train/loss}
run_cap: 9
run: {model: m, data: {train: t}, steps: 5, optimizer: {learningRate: 0.01}${rank}}
parameters:
  optimizer.learningRate: {distribution: log_uniform_values, min: 1.0e-4, max: 1.0e-1}
  lora.rank: {values: [2, 4]}
`;
  expect(policyOf(parseSweep(yaml(', lora: {rank: 4}')))).toEqual({
    ...{ method: 'bayes', goal: 'minimize', runCap: 9, seeds: 1 },
    defaults: { 'optimizer.learningRate': 0.01, 'lora.rank': 4 },
  });
  expect(policyOf(parseSweep(yaml(''))).defaults).toBeNull();
});

test('the hash of a history knows states, values and order, and carries NaN', () => {
  const a: TrialRecord = { params: { x: 1, y: 2 }, state: 'finished', value: 3 };
  const b: TrialRecord = { params: { x: 2, y: 2 }, state: 'diverged', value: Number.NaN };
  expect(historyHash([a, b])).toBe(historyHash([{ ...a, params: { y: 2, x: 1 } }, b]));
  const others = [
    [b, a],
    [a],
    [{ ...a, state: 'stopped' as const }, b],
    [{ ...a, value: 3.1 }, b],
    [a, { ...b, value: 1 }],
  ];
  expect(new Set([[a, b], ...others].map(historyHash)).size).toBe(6);
});
