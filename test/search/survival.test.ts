import { describe, expect, test } from '@jest/globals';
import { type Points, pairDifferences, pairSlopes } from '../../src/search/kernel.js';
import {
  classify,
  evidenceGradient,
  latentAt,
  logSurvival,
  logSurvivalSlopes,
} from '../../src/search/survival.js';
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

test('slopes of the log chance, against differences', () => {
  const model = modelOf(phi.with(4, 1.3));
  const x = Float64Array.from([0.31, 0.62, 1]);
  const { value, slopes } = logSurvivalSlopes(model, x);
  expect(value).toBe(logSurvival(model, x));
  const wanted = centralDifferences((p) => logSurvival(model, p), x);
  expect(slopes[0]).toBeCloseTo(wanted[0]!, 6);
  expect(slopes[1]).toBeCloseTo(wanted[1]!, 6);
});
