import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ParameterSpec, Parameters, SearchSpace } from '../../src/core/search-space.js';
import { pointKey, type SearchPolicy, type Suggestion, type TrialRecord } from '../../src/search/sampler.js';
import { suggest } from '../../src/search/suggest.js';

/** The suite that every sampler passes. A sampler is called through `suggest`, as the server does. */
const MIXED: SearchSpace = [
  { kind: 'float', name: 'optimizer.learningRate', min: 1e-5, max: 1e-2, scale: 'log' },
  { kind: 'categorical', name: 'lora.rank', values: [4, 16, 8, 64] },
  { kind: 'categorical', name: 'lora.targetModules', values: ['all-linear', ['q_proj', 'v_proj'], null] },
  { kind: 'int', name: 'steps', min: 10, max: 500 },
  { kind: 'float', name: 'lora.dropout', min: 0, max: 0.3, scale: 'linear', quantum: 0.05 },
  { kind: 'constant', name: 'batchSize', value: 8 },
];
const UNBOUNDED: SearchSpace = [
  { kind: 'normal', name: 'a', mean: 2, deviation: 3, scale: 'linear' },
  { kind: 'normal', name: 'b', mean: -5, deviation: 1, scale: 'log' },
  { kind: 'beta', name: 'c', a: 2, b: 5 },
  { kind: 'normal', name: 'd', mean: 0, deviation: 10, scale: 'linear', quantum: 2 },
];
const DISCRETE: SearchSpace = [
  { kind: 'categorical', name: 'rank', values: [1, 2, 4] },
  { kind: 'categorical', name: 'flag', values: [true, false] },
  { kind: 'int', name: 'layers', min: 1, max: 4 },
];
const ONE_POINT: SearchSpace = [
  { kind: 'constant', name: 'a', value: 3 },
  { kind: 'categorical', name: 'b', values: ['only'] },
];

type Objective = (params: Parameters, index: number) => Omit<TrialRecord, 'params'>;

function run(
  space: SearchSpace,
  policy: SearchPolicy,
  trials: number,
  objective: Objective,
  seed = 0,
): TrialRecord[] {
  const history: TrialRecord[] = [];
  for (let i = 0; i < trials; i++) {
    const suggestion = suggest(space, history, policy, seed);
    if ('exhausted' in suggestion) break;
    history.push({ params: suggestion.params, ...objective(suggestion.params, i) });
  }
  return history;
}

const finished = (value: number): Omit<TrialRecord, 'params'> => ({ state: 'finished', value });
const bowl: Objective = (params) =>
  finished(
    Object.values(params).reduce((sum: number, v) => sum + (typeof v === 'number' ? (v - 3) ** 2 : 1), 0),
  );

function isPossible(parameter: ParameterSpec, value: unknown): boolean {
  const text = JSON.stringify(value);
  switch (parameter.kind) {
    case 'constant':
      return text === JSON.stringify(parameter.value);
    case 'categorical':
      return parameter.values.some((allowed) => JSON.stringify(allowed) === text);
    case 'int':
      return (
        Number.isSafeInteger(value) &&
        (value as number) >= parameter.min &&
        (value as number) <= parameter.max
      );
    case 'float':
      return (
        isMultiple(value, parameter.quantum) &&
        (value as number) >= parameter.min &&
        (value as number) <= parameter.max
      );
    case 'beta':
      return isMultiple(value, parameter.quantum) && (value as number) >= 0 && (value as number) <= 1;
    case 'normal':
      return isMultiple(value, parameter.quantum);
    case 'tied':
      return true;
  }
}

function isMultiple(value: unknown, quantum: number | undefined): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  return quantum === undefined || Math.abs(value / quantum - Math.round(value / quantum)) < 1e-9;
}

function expectPoints(space: SearchSpace, history: TrialRecord[]): void {
  for (const { params } of history) {
    expect(Object.keys(params)).toEqual(space.map(({ name }) => name));
    for (const parameter of space) {
      expect([parameter.name, params[parameter.name], isPossible(parameter, params[parameter.name])]).toEqual(
        [parameter.name, params[parameter.name], true],
      );
    }
  }
}

function withCounts(space: SearchSpace): SearchSpace {
  return space.map((parameter) => {
    if (parameter.kind === 'float' && parameter.quantum === undefined) return { ...parameter, count: 4 };
    return parameter.kind === 'int' && parameter.max > 100 ? { ...parameter, count: 3 } : parameter;
  });
}

describe.each(['grid', 'random', 'sobol', 'bayes'] as const)('%s', (method) => {
  const policy: SearchPolicy = { method, goal: 'minimize', runCap: 30 };
  const mixed = method === 'grid' ? withCounts(MIXED) : MIXED;

  test('suggests points of the space, every kind and type', () => {
    const history = run(mixed, policy, 12, bowl);
    expect(history).toHaveLength(12);
    expectPoints(mixed, history);
    if (method === 'grid') return;
    expectPoints(UNBOUNDED, run(UNBOUNDED, policy, 9, bowl));
  });

  test('is a function of its arguments: the same again, and another with another seed', () => {
    const history = run(mixed, policy, 9, bowl);
    const before = JSON.stringify(history);
    const again = history.map((_, i) => suggest(mixed, history.slice(0, i), policy, 0));
    expect(again.map((s) => ('params' in s ? s.params : null))).toEqual(history.map(({ params }) => params));
    expect(JSON.stringify(history)).toBe(before);
    if (method !== 'grid') expect(run(mixed, policy, 9, bowl, 1)).not.toEqual(history);
  });

  test('hands out every point of a finite space once, then says exhausted', () => {
    const history = run(DISCRETE, policy, 100, bowl);
    expect(history).toHaveLength(24);
    expect(new Set(history.map(({ params }) => pointKey(params))).size).toBe(24);
    expect(suggest(DISCRETE, history, policy, 0)).toEqual({ exhausted: true });
  });

  test('has one suggestion in a space of one point', () => {
    const history = run(ONE_POINT, policy, 5, bowl);
    expect(history.map(({ params }) => params)).toEqual([{ a: 3, b: 'only' }]);
  });

  const OBJECTIVES: Record<string, Objective> = {
    'all failed': () => ({ state: 'failed' }),
    'all diverged': () => ({ state: 'diverged', value: Number.NaN }),
    'all pending': (_, i) => ({ state: i % 2 === 0 ? 'running' : 'queued' }),
    'all stopped without a value': () => ({ state: 'stopped' }),
    'all equal': () => finished(1.5),
    'all zero': () => finished(0),
    huge: (_, i) => finished(i % 2 === 0 ? 1e308 : -1e308),
    tiny: (_, i) => finished(i * 1e-300),
    'one huge among small': (_, i) => finished(i === 3 ? 1e30 : 1 + i / 100),
    'not finite': (_, i) => finished([Number.NaN, Infinity, -Infinity][i % 3]!),
    'one finite, the rest diverged': (_, i) => (i === 2 ? finished(4) : { state: 'diverged' }),
    'finished without a value': () => ({ state: 'finished' }),
  };
  test.each(Object.entries(OBJECTIVES))('answers when the values are: %s', (_, objective) => {
    const history = run(mixed, policy, 9, objective);
    expect(history).toHaveLength(9);
    expectPoints(mixed, history);
  });

  test('takes points of another space, and the same point twice, in its history', () => {
    const strange: TrialRecord[] = [
      { params: { 'optimizer.learningRate': 'x', other: 3 }, ...finished(1) },
      { params: { 'optimizer.learningRate': 99, 'lora.rank': 5 }, ...finished(2) },
      ...Array.from({ length: 6 }, (_, i) => ({
        params: run(mixed, policy, 1, bowl)[0]!.params,
        ...finished(i),
      })),
    ];
    const suggestion = suggest(mixed, strange, policy, 0);
    expectPoints(mixed, [{ params: (suggestion as { params: Parameters }).params, state: 'queued' }]);
  });
});

/** Any space of up to five parameters, with few or many values, tied or conditional ones among them. */
const anyParameter: fc.Arbitrary<ParameterSpec> = fc.oneof(
  fc
    .tuple(fc.double({ min: 1e-6, max: 1, noNaN: true }), fc.double({ min: 1, max: 1e6, noNaN: true }))
    .map(([min, factor]) => ({ kind: 'float', name: '', min, max: min * factor, scale: 'log' }) as const),
  fc
    .tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 40 }))
    .map(([min, width]) => ({ kind: 'int', name: '', min, max: min + width }) as const),
  fc
    .tuple(fc.double({ min: -1e3, max: 1e3, noNaN: true }), fc.double({ min: 0, max: 10, noNaN: true }))
    .map(([min, width]) => ({ kind: 'float', name: '', min, max: min + width, scale: 'linear' }) as const),
  fc
    .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constantFrom('a', 'b', 'c')), {
      minLength: 1,
      maxLength: 6,
    })
    .map((values) => ({ kind: 'categorical', name: '', values }) as const),
);
const anySpace: fc.Arbitrary<SearchSpace> = fc
  .array(anyParameter, { minLength: 1, maxLength: 4 })
  .map((parameters) => parameters.map((parameter, i) => ({ ...parameter, name: `p${i}` })));
const anyOutcome = fc.oneof(
  fc.double({ noNaN: false }).map((value) => ({ state: 'finished', value }) as const),
  fc.constantFrom<{ state: TrialRecord['state'] }[]>(
    { state: 'diverged' },
    { state: 'failed' },
    { state: 'running' },
    { state: 'cancelled' },
  ),
);

describe.each(['random', 'sobol', 'bayes'] as const)('%s on any space', (method) => {
  test('whatever the trials said, the next is a new point of the space, and the same again', () => {
    const property = fc.property(
      anySpace,
      fc.array(anyOutcome, { maxLength: 9 }),
      fc.nat(99),
      (space, outcomes, seed) => {
        const policy: SearchPolicy = { method, goal: 'maximize', runCap: 20 };
        const history = run(space, policy, outcomes.length, (_, i) => outcomes[i]!, seed);
        const next = suggest(space, history, policy, seed);
        expect(suggest(space, history, policy, seed)).toEqual(next);
        if ('exhausted' in next) return;
        expectPoints(space, [{ params: next.params, state: 'queued' }]);
        expect(history.map(({ params }) => pointKey(params))).not.toContain(pointKey(next.params));
      },
    );
    fc.assert(property, { numRuns: 12, seed: 7 });
  });
});

test.each(['grid', 'random', 'sobol', 'bayes'] as const)(
  '%s after 1,000 trials, half of them unfinished',
  (method) => {
    const policy: SearchPolicy = { method, goal: 'maximize' };
    const space = method === 'grid' ? withCounts(MIXED) : MIXED;
    const long = run(MIXED, { ...policy, method: 'random' }, 1000, (params, i) =>
      i % 2 === 0 ? bowl(params, i) : { state: 'running' },
    );
    const suggestion: Suggestion = suggest(space, long, policy, 3);
    expectPoints(space, [{ params: (suggestion as { params: Parameters }).params, state: 'queued' }]);
  },
);
