import { describe, expect, test } from '@jest/globals';
import { recommend, type TrialOutcome } from '../../src/analysis/recommendation.js';

const policy = { metric: { name: 'in_domain/loss', goal: 'minimize' } } as const;

function trial(
  number: number,
  loss: number,
  rank: number,
  change?: number,
  rest: Partial<TrialOutcome> = {},
): TrialOutcome {
  return {
    ...{ trialId: `trial_${number}`, runId: `run_${number}`, number, state: 'finished' },
    parameters: { 'lora.rank': rank },
    metrics: { 'in_domain/loss': loss, ...(change !== undefined && { 'base_capability/change': change }) },
    trainableParameters: 1000 * rank,
    ...rest,
  };
}

test('the best loss that keeps the base', () => {
  const trials = [trial(1, 3.5, 8, 0.01), trial(2, 3.0, 8, 0.4), trial(3, 3.2, 8, 0.05)];
  expect(recommend(trials, policy)).toEqual({
    ...{ trialId: 'trial_3', runId: 'run_3', number: 3, overLimit: [2], baseChangeLimit: 0.1 },
    why:
      'Best of the trials that keep the base capability: in_domain/loss 3.2. ' +
      'Its base-capability loss changes by 0.05 (limit 0.1 nats per token; over it: trial 2).',
  });
  expect(recommend(trials, { ...policy, baseChangeLimit: 0.5 })?.number).toBe(2);
});

test('the smaller adapter when the difference may be noise', () => {
  const trials = [trial(1, 3.0, 32), trial(2, 3.02, 4), trial(3, 3.04, 1)];
  const chosen = recommend(trials, policy);
  expect(chosen?.number).toBe(2);
  expect(chosen?.why).toBe(
    'Smallest adapter within 1 % of the best (n = 1 run each, so a smaller difference may be noise): in_domain/loss 3.02 ' +
      'with 4000 trainable parameters, against in_domain/loss 3 of trial 1 with 32000 trainable parameters.',
  );
  expect(recommend(trials, { ...policy, noise: 0 })?.number).toBe(1);
});

test('equal size: the better one; unknown size: the better one', () => {
  expect(recommend([trial(1, 3.01, 8), trial(2, 3.0, 8)], policy)?.number).toBe(2);
  const unknown = { parameters: {}, trainableParameters: null };
  expect(recommend([trial(1, 3.0, 8, 0, unknown), trial(2, 3.01, 1, 0, unknown)], policy)?.number).toBe(1);
});

test('all over the limit: the one that changes the base least, and it is said', () => {
  const chosen = recommend(
    [trial(1, 3.0, 8, 0.9), trial(2, 3.3, 8, 0.2), trial(3, 2, 8, Number.NaN)],
    policy,
  );
  expect(chosen).toMatchObject({ number: 2, overLimit: [1, 2, 3] });
  expect(chosen?.why).toMatch(
    /^Every trial raises the base-capability loss by more than 0.1 nats per token; trial 2 raises it least, by 0.2/,
  );
});

describe('who is no candidate', () => {
  test.each([
    ['diverged', trial(1, 1, 8, 0, { state: 'diverged' })],
    ['stopped', trial(1, 1, 8, 0, { state: 'stopped' })],
    ['NaN', trial(1, Number.NaN, 8, 0)],
    ['no run', trial(1, 1, 8, 0, { runId: null })],
    ['no metric', trial(1, 1, 8, 0, { metrics: {} })],
  ])('%s', (_, outcome) => {
    expect(recommend([outcome], policy)).toBeNull();
    expect(recommend([outcome, trial(2, 5, 8)], policy)?.number).toBe(2);
  });
});

test('a goal to maximise', () => {
  const scored = (number: number, score: number) => trial(number, 0, 8, undefined, { metrics: { score } });
  const chosen = recommend([scored(1, 0.5), scored(2, 0.9)], { metric: { name: 'score', goal: 'maximize' } });
  expect(chosen).toMatchObject({ number: 2, why: 'Best of the 2 trials: score 0.9.' });
});

test('without a metric the in-domain loss decides; without trials nothing', () => {
  expect(recommend([trial(1, 3, 8), trial(2, 2, 8)], { metric: null })?.number).toBe(2);
  expect(recommend([], { metric: null })).toBeNull();
});

test('several seeds: the mean counts, the run nearest to it is taken, and within the noise it is a tie', () => {
  const loss = (rank: number, ...values: number[]) =>
    values.map((value, i) => trial(10 * rank + i, value, rank, 0.01 * i, { replicate: i }));
  // Rank 8 has the luckiest run; its mean is worse than rank 4's, and rank 2 cannot be told from that.
  const trials = [...loss(8, 2.9, 3.3), ...loss(4, 3.0, 3.04, 3.02), ...loss(2, 3.03, 3.07)];
  const chosen = recommend(trials, policy);
  expect(chosen?.number).toBe(20);
  expect(chosen?.why).toContain(
    'Smallest adapter that is not distinguishable from the best: in_domain/loss 3.05 ± 0.028 (n = 2 seeds)',
  );
  expect(chosen?.why).toContain('against in_domain/loss 3.02 ± 0.02 (n = 3 seeds) of trial 42');
  expect(chosen?.why).toContain(
    'A tie with trials 80, 42: the difference is within the noise between seeds (standard deviation 0.1428)',
  );
  expect(chosen?.why).toContain('changes by 0.01');
  const clear = recommend([...loss(8, 2.0, 2.01), ...loss(2, 3.0, 3.01)], policy);
  expect(clear).toMatchObject({ number: 80, why: expect.not.stringContaining('tie') });
});
