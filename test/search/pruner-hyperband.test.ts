import { describe, expect, test } from '@jest/globals';
import type { HyperbandRule } from '../../src/core/early-terminate.js';
import type { Goal } from '../../src/core/metric-value.js';
import { bandsOf, judgeByHyperband } from '../../src/search/pruners/hyperband.js';
import type { TrialCurve } from '../../src/search/pruners/pruner.js';

const fromTop: HyperbandRule = { type: 'hyperband', minIter: null, maxIter: 5, s: 2, eta: 2, strict: true };
const fromBottom: HyperbandRule = {
  type: 'hyperband',
  minIter: 3,
  maxIter: null,
  s: null,
  eta: 3,
  strict: true,
};

const curveOf = (values: number[], trial = 1): TrialCurve => ({
  ...{ trial, values, steps: values.map((_, i) => 10 * (i + 1)), isFinished: false },
});
function decide(curve: number[], peers: number[][], rule: HyperbandRule, goal: Goal) {
  const others = peers.map((peer, i) => curveOf(peer, i + 2));
  const decision = judgeByHyperband(curveOf(curve), others, rule, goal, { maxSteps: null, warmupSteps: 0 });
  return { stop: decision?.stop ?? false, why: decision?.why ?? 'nothing to judge' };
}

describe('bands, as W&B documents them', () => {
  test('max_iter 27, s 2, eta 3: 9 and 3', () => {
    expect(bandsOf({ ...fromTop, maxIter: 27, eta: 3 }, 100)).toEqual([3, 9]);
  });
  test('those below 1 are dropped', () => {
    expect(bandsOf({ ...fromTop, s: 5 }, 100)).toEqual([1, 2]);
  });
  test('min_iter 3, eta 3: 3, 9, 27, 81', () => {
    expect(bandsOf(fromBottom, 100)).toEqual([3, 9, 27, 81]);
  });
});

describe('the example of W&B: five runs, bands 1 and 2, threshold at rank ⌊n/2⌋', () => {
  const curves = { a: [10, 9], b: [10, 10], c: [10, 8, 8], d: [10, 7, 7], e: [10, 6, 6] };
  const stops = (name: keyof typeof curves) => {
    const peers = Object.entries(curves).flatMap(([other, curve]) => (other === name ? [] : [curve]));
    return decide(curves[name], peers, fromTop, 'minimize');
  };

  test('b is worse than 8 at band 1; c is worse than 7 at band 2; d is at it', () => {
    expect(stops('b')).toEqual({
      stop: true,
      why: 'value 10 at band 1 is worse than 8, the best 1/2 of 5 runs there',
    });
    expect(stops('c')).toEqual({
      stop: true,
      why: 'value 8 at band 2 is worse than 7, the best 1/2 of 3 runs there',
    });
    expect(stops('d').stop).toBe(false);
    expect(stops('e').stop).toBe(false);
  });
});

test('not strict: the best value so far counts', () => {
  const peers = [
    [5, 4, 3, 2.5],
    [5, 4, 3, 2.6],
    [9, 9, 9, 9],
  ];
  const curve = [5, 2, 4, 7];
  expect(decide(curve, peers, fromBottom, 'minimize').stop).toBe(true);
  expect(decide(curve, peers, { ...fromBottom, strict: false }, 'minimize').stop).toBe(false);
});

test('maximising turns the comparison around, in the sentence too', () => {
  const peers = [
    [0.1, 0.2, 0.3, 0.9],
    [0.1, 0.2, 0.3, 0.8],
  ];
  const verdict = decide([0.1, 0.1, 0.1, 0.1], peers, fromBottom, 'maximize');
  expect(verdict).toEqual({
    stop: true,
    why: 'value 0.1 at band 3 is worse than 0.8, the best 1/3 of 3 runs there',
  });
});

test('values that are not finite do not count, and nothing is judged before the first band', () => {
  const curve = [Number.NaN, 9, Infinity, 9, 9];
  expect(decide(curve, [[1, 1, 1, 1]], fromBottom, 'minimize')).toEqual({
    stop: false,
    why: 'nothing to judge',
  });
  expect(decide([...curve, 9], [[1, 1, 1, 1]], { ...fromBottom, eta: 3 }, 'minimize').stop).toBe(true);
});

test('the only run is never stopped', () => {
  expect(decide([1, 2, 3, 4, 5], [], fromBottom, 'minimize').stop).toBe(false);
});
