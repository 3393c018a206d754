import { expect, test } from '@jest/globals';
import { judgeReproduction, type NamedSeries } from '../../src/analysis/reproduction-verdict.js';

const loss: NamedSeries = { name: 'train/loss', steps: [1, 2, 3], values: [2, Number.NaN, 1] };
const norm: NamedSeries = { name: 'train/grad_norm', steps: [1, 2, 3], values: [0, 5, Infinity] };
const speed: NamedSeries = { name: 'train/tokens_per_second', steps: [1], values: [900] };
const changed = (series: NamedSeries, values: number[]): NamedSeries => ({ ...series, values });

test('identical: NaN equals NaN, infinity equals infinity, speed is left out', () => {
  expect(judgeReproduction([loss, norm, speed], [norm, changed(speed, [800]), loss])).toEqual({
    ...{ verdict: 'identical', step: null, metric: null, original: null, reproduction: null },
    ...{ maxRelativeDifference: 0, tolerance: 1e-3, comparedPoints: 6, comparedMetrics: 2 },
    leftOut: ['train/tokens_per_second'],
  });
});

test('within tolerance: the largest relative difference and where the first difference stands', () => {
  const verdict = judgeReproduction([loss], [changed(loss, [2, Number.NaN, 1.0005])]);
  expect(verdict).toMatchObject({
    verdict: 'within_tolerance',
    step: 3,
    metric: 'train/loss',
    original: 1,
    reproduction: 1.0005,
  });
  expect(verdict.maxRelativeDifference).toBeCloseTo(0.0005 / 1.0005, 12);
  expect(
    judgeReproduction([loss], [changed(loss, [2, Number.NaN, 1.0005])], { relativeTolerance: 1e-4 }).verdict,
  ).toBe('differs');
});

test('differs: the earliest step at which the tolerance was left, over all metrics', () => {
  const original = [loss, norm];
  const reproduction = [changed(loss, [2.0001, Number.NaN, 7]), changed(norm, [0, 6, Infinity])];
  expect(judgeReproduction(original, reproduction)).toMatchObject({
    ...{ verdict: 'differs', step: 2, metric: 'train/grad_norm', original: 5, reproduction: 6 },
    maxRelativeDifference: 6 / 7,
  });
});

test('NaN against a number differs, and so does an infinity of the other sign', () => {
  const verdict = judgeReproduction([loss], [changed(loss, [2, 1.5, 1])]);
  expect(verdict).toMatchObject({
    verdict: 'differs',
    step: 2,
    original: 'NaN',
    reproduction: 1.5,
    maxRelativeDifference: 0,
  });
  expect(judgeReproduction([norm], [changed(norm, [0, 5, -Infinity])]).verdict).toBe('differs');
});

test('a missing metric, a missing end and another step differ', () => {
  expect(judgeReproduction([loss, norm], [loss])).toMatchObject({
    verdict: 'differs',
    step: 1,
    metric: 'train/grad_norm',
    reproduction: null,
  });
  const short = { ...loss, steps: [1, 2], values: [2, Number.NaN] };
  expect(judgeReproduction([loss], [short])).toMatchObject({
    verdict: 'differs',
    step: 3,
    original: 1,
    reproduction: null,
  });
  const shifted = { ...loss, steps: [1, 2, 4] };
  expect(judgeReproduction([loss], [shifted])).toMatchObject({
    verdict: 'differs',
    step: 3,
    original: 1,
    reproduction: null,
  });
});

test('noise around zero is compared absolutely', () => {
  const zero: NamedSeries = { name: 'base_capability/change', steps: [9], values: [0] };
  expect(judgeReproduction([zero], [changed(zero, [1e-12])]).verdict).toBe('within_tolerance');
  expect(judgeReproduction([zero], [changed(zero, [1e-3])]).verdict).toBe('differs');
});
