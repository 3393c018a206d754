import { describe, expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import { type Points, pairDifferences, pairSlopes } from '../../src/search/kernel.js';
import { classify, evidenceGradient, latentAt, logSurvival, survivalOf } from '../../src/search/survival.js';
import { fitSurvival } from '../../src/search/survival-fit.js';
import { centralDifferences, fixture } from './fixtures.js';

interface Reference {
  lengthScales: number[];
  signal: number;
  X: number[][];
  survived: number[];
  at: number[][];
  latentMean: number[];
  latentVariance: number[];
  chance: number[];
  logEvidence: number;
  gradient: number[];
}

const reference = fixture<Reference>('survival');
const points: Points = {
  X: Float64Array.from(reference.X.flat()),
  n: reference.X.length,
  kinds: ['ordered', 'ordered', 'unordered'],
};
const y = Float64Array.from(reference.survived, (s) => (s ? 1 : -1));
const differences = pairDifferences(points);

function modelOf(phi: Float64Array) {
  const hyper = { theta: phi.slice(0, 3).map(Math.exp), signal: Math.exp(phi[3]!), mean: phi[4]! };
  return classify(points, y, hyper);
}

const phi = Float64Array.from([
  ...reference.lengthScales.map((l) => -2 * Math.log(l)),
  Math.log(reference.signal),
  0,
]);

describe('against scikit-learn', () => {
  test('the latent function, the chance to survive and the evidence', () => {
    const model = modelOf(phi);
    expect(model.logEvidence).toBeCloseTo(reference.logEvidence, 6);
    for (const [i, row] of reference.at.entries()) {
      const { mean, variance } = latentAt(model, Float64Array.from(row));
      expect(mean).toBeCloseTo(reference.latentMean[i]!, 5);
      expect(variance).toBeCloseTo(reference.latentVariance[i]!, 5);
      // MacKay's approximation against the integral
      expect(
        Math.abs(Math.exp(logSurvival(model, Float64Array.from(row))) - reference.chance[i]!),
      ).toBeLessThan(0.02);
    }
  });

  test('the gradient of the evidence', () => {
    const model = modelOf(phi);
    const gradient = evidenceGradient(model, differences, pairSlopes(differences, model.theta));
    for (const [k, g] of reference.gradient.entries()) expect(gradient[k]).toBeCloseTo(g, 5);
  });
});

test('the gradient by the mean too, against differences', () => {
  const at = phi.with(4, 1.3);
  const model = modelOf(at);
  const gradient = evidenceGradient(model, differences, pairSlopes(differences, model.theta));
  const wanted = centralDifferences((p) => modelOf(p).logEvidence, at);
  for (const [k, g] of wanted.entries()) expect(gradient[k]).toBeCloseTo(g, 5);
});

test('slopes of the factor, against differences', () => {
  const factor = survivalOf(modelOf(phi.with(4, 1.3)));
  const x = Float64Array.from([0.31, 0.62, 1]);
  const { value, slopes } = factor.sloped(x);
  expect(value).toBe(factor.value(x));
  const wanted = centralDifferences((p) => factor.value(p), x);
  expect(slopes[0]).toBeCloseTo(wanted[0]!, 6);
  expect(slopes[1]).toBeCloseTo(wanted[1]!, 6);
});

describe('fitted to a cliff at 0.7 of the first of five dimensions', () => {
  const stream = new RandomStream(3, 'cliff');
  const X = Float64Array.from({ length: 5 * 30 }, () => stream.next());
  const cube: Points = { X, n: 30, kinds: ['ordered', 'ordered', 'ordered', 'ordered', 'ordered'] };
  const survived = Array.from({ length: 30 }, (_, i) => X[5 * i]! < 0.7);
  const at = (first: number) => Float64Array.of(first, 0.5, 0.5, 0.5, 0.5);

  test('it knows both sides, and that the first dimension decides', () => {
    const model = fitSurvival(cube, survived, new Float64Array(5).fill(1))!;
    expect(Math.exp(logSurvival(model, at(0.95)))).toBeLessThan(0.3);
    expect(Math.exp(logSurvival(model, at(0.3)))).toBeGreaterThan(0.9);
    expect(model.theta[0]).toBeGreaterThan(2 * Math.max(...model.theta.subarray(1)));
  });

  test('there is no model where no trial diverged, or all did', () => {
    expect(
      fitSurvival(
        cube,
        survived.map(() => true),
        new Float64Array(5).fill(1),
      ),
    ).toBeUndefined();
    expect(
      fitSurvival(
        cube,
        survived.map(() => false),
        new Float64Array(5).fill(1),
      ),
    ).toBeUndefined();
  });
});
