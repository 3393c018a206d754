import { expect, test } from '@jest/globals';
import { LiveComparison } from '../../src/analysis/live-comparison.js';

const series = (values: number[]) => [{ name: 'loss', steps: values.map((_, i) => i + 1), values }];
const points = (values: number[]) => values.map((value, i) => ({ metric: 'loss', step: i + 1, value }));
const original = series([3, Number.NaN, 1]);
const nothing = { why: 'no probe' };

test('identical: the first value with another bit departs', () => {
  const live = new LiveComparison(original, 'identical', nothing, []);
  expect(live.see(points([3, Number.NaN]))).toBeNull();
  expect(live.see([{ metric: 'loss', step: 3, value: 1 + 2 ** -52 }])).toMatchObject({
    ...{ step: 3, metric: 'loss', original: 1 },
  });
  expect(live.points).toBe(3);
});

test('what a clock says is not compared; a point that the original lacks departs', () => {
  const live = new LiveComparison(original, 'identical', nothing, []);
  expect(live.see([{ metric: 'train/tokens_per_second', step: 1, value: 5 }])).toBeNull();
  expect(live.see([{ metric: 'loss', step: 4, value: 1 }])).toMatchObject({ step: 4, original: null });
});

test('kernel noise: within the bounds of the probes; without probes nothing can depart, and it says why', () => {
  const noise = { bounds: { pairs: 1, steps: 20, largest: { loss: 1e-6 }, weights: null } };
  const live = new LiveComparison(original, 'kernel_noise', noise, []);
  expect(live.see(points([3.00001, Number.NaN, 1]))).toBeNull();
  expect(live.see(points([3.0001]))).toMatchObject({ step: 1, reproduction: 3.0001 });
  const blind = new LiveComparison(original, 'kernel_noise', nothing, []);
  expect([blind.why, blind.see(points([9]))]).toEqual(['no probe', null]);
});

test('seed variance: in the band of the replicates at that step', () => {
  const replicates = [series([3.1, 2, 1.1]), series([2.9, 2, 0.9]), series([3.05, 2, 1])];
  const live = new LiveComparison(original, 'seed_variance', nothing, replicates);
  expect(live.see(points([3.2]))).toBeNull();
  expect(live.see(points([9]))).toMatchObject({ step: 1, original: 3, reproduction: 9 });
  expect(new LiveComparison(original, 'seed_variance', nothing, []).why).toMatch('it takes 2');
});
