import { expect, test } from '@jest/globals';
import type { NoiseBounds } from '../../src/analysis/kernel-noise.js';
import { type Evidence, judgeReproduction } from '../../src/analysis/reproduction-verdict.js';
import type { NamedSeries } from '../../src/analysis/series-differences.js';

const loss: NamedSeries = { name: 'train/loss', steps: [1, 2, 3], values: [2, Number.NaN, 1] };
const norm: NamedSeries = { name: 'train/grad_norm', steps: [1, 2, 3], values: [0, 5, Infinity] };
const speed: NamedSeries = { name: 'train/tokens_per_second', steps: [1], values: [900] };
const changed = (series: NamedSeries, values: number[]): NamedSeries => ({ ...series, values });
const bounds = (largest: Record<string, number>): { bounds: NoiseBounds } => ({
  bounds: { pairs: 3, steps: 2, largest, weights: null },
});

/** Without evidence for any class but the first, unless it is given. */
function judge(original: NamedSeries[], reproduction: NamedSeries[], given: Partial<Evidence> = {}) {
  const none = { noise: { why: 'no probe' }, replicates: [], weights: { why: 'no adapter' } };
  return judgeReproduction({ original, reproduction, ...none, ...given });
}

test('identical: NaN equals NaN, infinity equals infinity, speed is left out', () => {
  expect(judge([loss, norm, speed], [norm, changed(speed, [800]), loss])).toMatchObject({
    ...{ verdict: 'identical', step: null, metric: null, original: null, reproduction: null },
    ...{ maxRelativeDifference: 0, comparedPoints: 6, comparedMetrics: 2 },
    leftOut: ['train/tokens_per_second'],
  });
});

test('without evidence a difference is a difference, and both other classes say what they lack', () => {
  const verdict = judge([loss], [changed(loss, [2, Number.NaN, 1 + 1e-7])]);
  expect(verdict).toMatchObject({
    ...{ verdict: 'different', step: 3, metric: 'train/loss', original: 1, reproduction: 1 + 1e-7 },
    kernelNoise: { holds: null, why: 'no probe' },
    seedVariance: { holds: null, n: 0, why: 'no other run has its config with another seed, and it takes 2' },
  });
  expect(verdict.maxRelativeDifference).toBeCloseTo(1e-7, 12);
});

test('within kernel noise up to ten times what probes showed, growing with the step beyond them', () => {
  const noise = bounds({ 'train/loss': 1e-6 });
  const at = (last: number) => judge([loss], [changed(loss, [2, Number.NaN, last])], { noise });
  // step 3 of 2 probed steps: 1e-6 · 10 · 3/2
  expect(at(1 + 1.4e-5)).toMatchObject({
    verdict: 'within_kernel_noise',
    step: 3,
    kernelNoise: { holds: true },
  });
  expect(at(1 + 1.6e-5)).toMatchObject({
    verdict: 'different',
    step: 3,
    kernelNoise: { holds: false, why: expect.stringContaining('allow 0.000015') },
  });
});

test('a backend whose probes have the same bits leaves no room for noise', () => {
  const noise = bounds({ 'train/loss': 0 });
  expect(judge([loss], [changed(loss, [2, Number.NaN, 1 + 1e-12])], { noise }).verdict).toBe('different');
});

test('a metric that probes do not have is held to the noise of the loss, at the size of the loss', () => {
  const change: NamedSeries = { name: 'base_capability/change', steps: [3], values: [1e-4] };
  const noise = bounds({ 'train/loss': 1e-6 });
  const at = (value: number) => judge([loss, change], [loss, changed(change, [value])], { noise }).verdict;
  expect(at(1e-4 + 2e-5)).toBe('within_kernel_noise');
  expect(at(1e-4 + 4e-5)).toBe('different');
});

test('different: the earliest step beyond the bounds, over all metrics', () => {
  const reproduction = [changed(loss, [2.00001, Number.NaN, 7]), changed(norm, [0, 6, Infinity])];
  const noise = bounds({ 'train/loss': 1e-6, 'train/grad_norm': 1e-6 });
  expect(judge([loss, norm], reproduction, { noise })).toMatchObject({
    ...{ verdict: 'different', step: 2, metric: 'train/grad_norm', original: 5, reproduction: 6 },
    maxRelativeDifference: 6 / 7,
  });
});

test('within seed variance: every last value lies where a run with another seed would', () => {
  const replicates = [1.1, 0.9, 1.05].map((value) => [{ name: 'train/loss', steps: [3], values: [value] }]);
  const at = (last: number) => judge([loss], [changed(loss, [2.5, Number.NaN, last])], { replicates });
  // 1, 1.1, 0.9, 1.05: mean 1.0125, s 0.0853913; t(0.975, 3) = 3.182446; half 3.182446 · s · √1.25 = 0.303829
  expect(at(1.31)).toMatchObject({
    verdict: 'within_seed_variance',
    step: 1,
    seedVariance: { holds: true, n: 3, level: 0.05 },
  });
  const { seedVariance, verdict } = at(1.32);
  expect(verdict).toBe('different');
  expect(seedVariance.checks[0]).toMatchObject({ metric: 'train/loss', n: 4, holds: false });
  expect(seedVariance.checks[0]!.high).toBeCloseTo(1.316329, 5);
});

test('a run that ended earlier is not within seed variance', () => {
  const replicates = [1.1, 0.9].map((value) => [{ name: 'train/loss', steps: [3], values: [value] }]);
  const short = { ...loss, steps: [1, 2], values: [2, 1] };
  expect(judge([loss], [short], { replicates })).toMatchObject({
    verdict: 'different',
    seedVariance: { holds: false, why: 'outside of its band: train/loss' },
  });
});

test('equal curves with other weights are different, at the module that is furthest', () => {
  const weights = { relative: 0.5, largestModule: 'layers.1.q_proj', modules: {}, isIdentical: false };
  expect(judge([loss], [loss], { weights })).toMatchObject({
    ...{ verdict: 'different', step: null, metric: 'weights of layers.1.q_proj' },
  });
});

test('weights further apart than probes showed are no noise, though the curves are', () => {
  const noise = { bounds: { ...bounds({ 'train/loss': 1e-6 }).bounds, weights: 1e-5 } };
  const apart = (relative: number) => ({ relative, largestModule: 'a', modules: {}, isIdentical: false });
  const at = (relative: number) =>
    judge([loss], [changed(loss, [2, Number.NaN, 1 + 1e-7])], { noise, weights: apart(relative) }).verdict;
  expect(at(1.4e-4)).toBe('within_kernel_noise');
  expect(at(1.6e-4)).toBe('different');
});

test('NaN against a number differs, and so does an infinity of the other sign', () => {
  const noise = bounds({ 'train/loss': 1e-4, 'train/grad_norm': 1e-4 });
  const verdict = judge([loss], [changed(loss, [2, 1.5, 1])], { noise });
  expect(verdict).toMatchObject({
    ...{ verdict: 'different', step: 2, original: 'NaN', reproduction: 1.5, maxRelativeDifference: 0 },
  });
  expect(judge([norm], [changed(norm, [0, 5, -Infinity])], { noise }).verdict).toBe('different');
});

test('a missing metric, a missing end and another step differ', () => {
  const noise = bounds({ 'train/loss': 1e-4, 'train/grad_norm': 1e-4 });
  expect(judge([loss, norm], [loss], { noise })).toMatchObject({
    ...{ verdict: 'different', step: 1, metric: 'train/grad_norm', reproduction: null },
  });
  const short = { ...loss, steps: [1, 2], values: [2, Number.NaN] };
  expect(judge([loss], [short], { noise })).toMatchObject({ verdict: 'different', step: 3 });
  expect(judge([loss], [{ ...loss, steps: [1, 2, 4] }], { noise })).toMatchObject({
    verdict: 'different',
    step: 3,
  });
});

test('a metric that only the reproduction has is named and not compared: a newer version may log more', () => {
  expect(judge([loss], [loss, norm])).toMatchObject({ verdict: 'identical', added: ['train/grad_norm'] });
});
