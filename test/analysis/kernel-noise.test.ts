import { expect, test } from '@jest/globals';
import { noiseAt, noiseBetween, type ProbedSteps, weightNoiseAt } from '../../src/analysis/kernel-noise.js';

function probe(id: string, where: string, values: number[], rest: Partial<ProbedSteps> = {}): ProbedSteps {
  const series = [
    { name: 'train/loss', steps: values.map((_, i) => i + 1), values },
    { name: 'train/seconds', steps: [1], values: [id.length] },
  ];
  return { id, where, what: 'same', steps: values.length, series, weightDistances: {}, ...rest };
}

test('bounds are the largest difference of any pair, here and there', () => {
  const executions = [
    probe('a', 'wasm', [2, 1]),
    probe('b', 'native', [2, 1.0001], { weightDistances: { a: 0.01 } }),
    probe('c', 'native', [2.0004, 1]),
    probe('d', 'wasm', [2, 9], { what: 'other' }),
  ];
  const evidence = noiseBetween(executions, 'wasm', 'native');
  expect(evidence).toEqual({
    bounds: {
      pairs: 2,
      steps: 2,
      largest: { 'train/loss': expect.closeTo(0.0004 / 2.0004, 12) },
      weights: 0.01,
    },
  });
  expect(noiseBetween(executions, 'native', 'wasm')).toEqual(evidence);
});

test('a place is compared with itself by two executions there', () => {
  expect(noiseBetween([probe('a', 'wasm', [2])], 'wasm', 'wasm')).toEqual({
    why: 'no probe has compared the two',
  });
  const twice = [probe('a', 'wasm', [2]), probe('b', 'wasm', [2])];
  expect(noiseBetween(twice, 'wasm', 'wasm')).toMatchObject({
    bounds: { pairs: 1, largest: { 'train/loss': 0 } },
  });
});

test('what parts by more than rounding gives no bounds', () => {
  const dropout = [probe('a', 'wasm', [2, 1]), probe('b', 'native', [2, 1.05])];
  expect(noiseBetween(dropout, 'wasm', 'native')).toEqual({
    why: 'probes part there by 0.048 of a value within 2 steps, too far to tell noise from a change',
  });
});

test('only the steps that both have count; beyond them a bound grows with the step', () => {
  const executions = [probe('a', 'x', [2, 1, 5]), probe('b', 'y', [2, 1.00001])];
  const { bounds } = noiseBetween(executions, 'x', 'y') as { bounds: Parameters<typeof noiseAt>[0] };
  const probed = 0.00001 / 1.00001;
  expect(noiseAt(bounds, 'train/loss', 1)).toBeCloseTo(10 * probed, 12);
  expect(noiseAt(bounds, 'train/loss', 8)).toBeCloseTo(40 * probed, 12);
  expect(noiseAt(bounds, 'in_domain/held_out', 8)).toBeCloseTo(40 * probed, 12);
  expect(weightNoiseAt(bounds, 8)).toBeNull();
  expect(weightNoiseAt({ ...bounds, weights: 0.001 }, 8)).toBeCloseTo(0.04, 12);
});
