import { describe, expect, test } from '@jest/globals';
import type { RanksweepError } from '../../src/core/errors.js';
import { RandomStream } from '../../src/core/random.js';
import type { SearchSpace } from '../../src/core/search-space.js';
import { parseSweep } from '../../src/core/sweep-config.js';
import { rankStage } from '../../src/search/rank-budget.js';
import type { SearchPolicy, TrialRecord } from '../../src/search/sampler.js';
import { policyOf, suggest } from '../../src/search/suggest.js';

const FILE = `
method: METHOD
metric: {name: validation/loss, goal: minimize}
rank: {start: 2, grow: while better, max: 32, trials: 3, seeds: 3}
parameters:
  lora.alpha: 2 * rank
  lr: {distribution: log_uniform_values, min: 0.001, max: 0.1}
program: train.py
run_cap: 60
`;

interface Sweep {
  parameters: SearchSpace;
  policy: SearchPolicy;
}

function sweepOf(method: string, file = FILE): Sweep {
  const sweep = parseSweep(file.replace('METHOD', method));
  return { parameters: sweep.parameters, policy: policyOf(sweep) };
}

/** Each rank up to `enough` is worth 0.5 of loss; noise between seeds has the deviation 0.05. */
function run({ parameters, policy }: Sweep, trials: number, enough: number, noise = 0.05): TrialRecord[] {
  const random = new RandomStream(7, 'noise');
  const history: TrialRecord[] = [];
  for (let i = 0; i < trials; i++) {
    const next = suggest(parameters, history, policy, 3);
    if ('exhausted' in next) break;
    const { 'lora.rank': rank, lr } = next.params as { 'lora.rank': number; lr: number };
    const loss = 4 - 0.5 * Math.log2(Math.min(rank, enough)) + 0.05 * Math.log(lr / 0.01) ** 2;
    history.push({ params: next.params, state: 'finished', value: loss + noise * random.nextNormal() });
  }
  return history;
}

const ranksOf = (history: TrialRecord[]) => history.map(({ params }) => params['lora.rank'] as number);

describe.each(['bayes', 'random', 'sobol'])('a rank budget with %s', (method) => {
  test('raises the rank while that is better than noise, and then stays', () => {
    const sweep = sweepOf(method);
    const history = run(sweep, 40, 8);
    const stage = rankStage(history, sweep.policy.rank!, sweep.policy);
    expect(stage.kind).toBe('settled');
    expect(stage.rank).toBe(8);
    expect(stage.steps.map(({ to, isBetter }) => [to, isBetter])).toEqual([
      [4, true],
      [8, true],
      [16, false],
    ]);
    const ranks = ranksOf(history);
    expect(ranks).not.toContain(32);
    expect(ranks.slice(-5)).toEqual([8, 8, 8, 8, 8]);
    expect(ranks.slice(0, 3)).toEqual([2, 2, 2]);
    for (const { params } of history) expect(params['lora.alpha']).toBe(2 * (params['lora.rank'] as number));
  });
});

test('the first trial at a rank is the best of the rank below with nothing else changed', () => {
  const { parameters, policy } = sweepOf('random');
  const history = run({ parameters, policy }, 3, 32);
  const next = suggest(parameters, history, policy, 3);
  if ('exhausted' in next) throw new Error('exhausted');
  const best = history.reduce((a, b) => (b.value! < a.value! ? b : a));
  expect(next.params).toEqual({ lr: best.params.lr, 'lora.alpha': 8, 'lora.rank': 4 });
  expect(next.why).toEqual({ kind: 'rank', rank: 4, from: 2, of: history.indexOf(best) + 1 });
});

test('a rank that only diverges is no better', () => {
  const { parameters, policy } = sweepOf('random');
  const history: TrialRecord[] = [];
  for (let i = 0; i < 12; i++) {
    const next = suggest(parameters, history, policy, 3);
    if ('exhausted' in next) break;
    const isHigh = (next.params['lora.rank'] as number) > 2;
    history.push({
      params: next.params,
      state: isHigh ? 'diverged' : 'finished',
      value: isHigh ? NaN : 1 + i / 9,
    });
  }
  expect(rankStage(history, policy.rank!, policy)).toMatchObject({ kind: 'settled', rank: 2 });
});

test('where a rank has few points it is judged by these; the others of the ladder stay untouched', () => {
  const file = FILE.replace(
    '{distribution: log_uniform_values, min: 0.001, max: 0.1}',
    '{values: [0.01, 0.02]}',
  );
  const history = run(sweepOf('grid', file), 99, 4, 0.01);
  expect(new Set(ranksOf(history))).toEqual(new Set([2, 4, 8]));
});

test('trials that still run are waited for: the rank is not raised on hope', () => {
  const { parameters, policy } = sweepOf('random');
  const history = run({ parameters, policy }, 3, 32).map(
    (trial, i): TrialRecord => (i === 1 ? { params: trial.params, state: 'running' } : trial),
  );
  const next = suggest(parameters, history, policy, 3);
  expect('params' in next && next.params['lora.rank']).toBe(2);
});

function problemOf(file: string): string {
  try {
    parseSweep(file);
  } catch (error) {
    const { problems } = error as RanksweepError;
    return problems.map(({ field, message }) => `${field}: ${message}`).join('\n');
  }
  return '';
}

describe('faults of the file name the field', () => {
  const faults: [string, string, RegExp][] = [
    ['grow: while better', 'grow: always', /rank\.grow.*always.*while better/],
    ['max: 32', 'max: 3', /rank\.max.*found 3, expected at least twice the start/],
    ['seeds: 3', 'seeds: 1', /rank\.seeds.*at least 2/],
    ['start: 2', 'begin: 2', /rank\.begin.*unknown key.*start/],
    ['lora.alpha: 2 * rank', 'lora.rank: {values: [1, 2]}', /lora\.rank.*found \[1,2\].*grows from 2/],
    ['metric: {name: validation/loss, goal: minimize}', '', /rank.*no metric/],
  ];
  test.each(faults)('%s → %s', (from, to, expected) => {
    expect(problemOf(FILE.replace('METHOD', 'random').replace(from, to))).toMatch(expected);
  });
});
