import { expect, test } from '@jest/globals';
import type { Objective } from '../../src/core/outcome.js';
import { NO_STOP_RULES, parseDuration } from '../../src/core/stop-rules.js';
import type { TrialRecord } from '../../src/search/sampler.js';
import { whySweepEnds } from '../../src/search/sweep-end.js';

const metric: Objective = { name: 'loss', goal: 'minimize' };
const finished = (value: number): TrialRecord => ({ params: {}, state: 'finished', value });
const failed: TrialRecord = { params: {}, state: 'failed' };
const running: TrialRecord = { params: {}, state: 'running' };
const aims = (...objectives: Objective[]) => ({ objectives, outcomeConstraints: [], referencePoint: null });
const unused = { seconds: 0, gpuHours: 0 };
const why = (trials: TrialRecord[], rules = {}, planned: number | null = null, usage = unused, by = metric) =>
  whySweepEnds(trials, planned, aims(by), { ...NO_STOP_RULES, ...rules }, usage);

test('no rule: it goes on', () => {
  expect(why([finished(1), failed, running])).toBeNull();
});

test('planned trials and the target, by finished trials with finite values only', () => {
  expect(why([running, running], {}, 2)).toBe('all 2 planned trials were made');
  const target = { ...metric, target: 0.5 };
  expect(why([finished(0.6), { ...finished(0.1), state: 'stopped' }], {}, null, unused, target)).toBeNull();
  expect(why([finished(Number.NEGATIVE_INFINITY)], {}, null, unused, target)).toBeNull();
  expect(why([finished(0.6), finished(0.5)], {}, null, unused, target)).toBe(
    'trial 2 reached the target 0.5',
  );
});

test('time, GPU-hours and failures', () => {
  expect(why([], { seconds: 60 }, null, { seconds: 59.9, gpuHours: 0 })).toBeNull();
  expect(why([], { seconds: 60 }, null, { seconds: 60, gpuHours: 0 })).toBe('its time of 60 s is over');
  expect(why([], { gpuHours: 2 }, null, { seconds: 1, gpuHours: 2.5 })).toBe('its 2 GPU-hours are used up');
  expect(why([failed, finished(1), failed], { failures: 2 })).toBe('2 trials failed');
});

test('no improvement: running and failed trials do not count, an equal value is none', () => {
  const trials = [
    finished(3),
    finished(1),
    finished(1),
    failed,
    running,
    { ...finished(9), state: 'stopped' as const },
  ];
  expect(why(trials, { noImprovement: 3 })).toBeNull();
  expect(why(trials, { noImprovement: 2 })).toBe('2 trials in a row were no better than trial 2');
  expect(why([failed, running], { noImprovement: 1 })).toBeNull();
  const most = { ...metric, goal: 'maximize' as const };
  expect(why([finished(1), finished(2)], { noImprovement: 1 }, null, unused, most)).toBeNull();
});

test('durations', () => {
  expect(['90', 90, '90s', '1.5h', '30 m', '1d'].map(parseDuration)).toEqual([90, 90, 90, 5400, 1800, 86400]);
  expect(['', '0', '-3', '2 weeks', 'h', null, true, [60]].map(parseDuration)).toEqual(Array(8).fill(null));
});

test('several objectives: the volume grows or not, limits bind, every target is reached at once', () => {
  const objectives: Objective[] = [
    { ...metric, target: 0.5 },
    { name: 'size', goal: 'minimize', target: 2 },
  ];
  const limit = { name: 'change', side: 'at most' as const, bound: 1 };
  const of = (loss: number, size: number, change = 0): TrialRecord => ({
    ...finished(loss),
    outcomes: { loss, size, change },
  });
  const by = (trials: TrialRecord[], noImprovement: number | null = null) =>
    whySweepEnds(
      trials,
      null,
      { objectives, outcomeConstraints: [limit], referencePoint: { loss: 4, size: 4 } },
      { ...NO_STOP_RULES, noImprovement },
      unused,
    );
  expect(by([of(0.4, 3), of(0.6, 1), of(0.4, 1, 2)])).toBeNull();
  expect(by([of(0.6, 1), of(0.5, 2)])).toBe('trial 2 reached the target loss 0.5, size 2');
  const trials = [of(3, 3), of(2, 3.5), of(3, 3), of(1, 1, 2)];
  expect(by(trials, 3)).toBeNull();
  expect(by(trials, 2)).toBe('2 trials in a row did not enlarge the front since trial 2');
  expect(by([...trials, of(3.5, 0.5)], 1)).toBeNull();
});
