import { describe, expect, test } from '@jest/globals';
import {
  anchorAt,
  believe,
  condition,
  fittedMeans,
  type GaussianProcess,
  predict,
  predictWithSlopes,
} from '../../src/search/gaussian-process.js';
import {
  fitGaussianProcess,
  hyperparametersOf,
  likelihoodGradient,
  logMarginalLikelihood,
  logPosterior,
} from '../../src/search/hyperparameters.js';
import type { Points } from '../../src/search/kernel.js';
import { centralDifferences, fixture } from './fixtures.js';

interface Reference {
  lengthScales: number[];
  signal: number;
  noise: number;
  X: number[][];
  y: number[];
  at: number[][];
  mean: number[];
  sd: number[];
  logMarginalLikelihood: number;
  gradient: number[];
  gradientByNoise: number;
  unlike: { extra: number[]; mean: number[]; sd: number[]; fitted: number[]; logMarginalLikelihood: number };
}

const reference = fixture<Reference>('gaussian-process');
const points: Points = {
  X: Float64Array.from(reference.X.flat()),
  n: reference.X.length,
  kinds: ['ordered', 'ordered', 'unordered'],
};
const y = Float64Array.from(reference.y);
const phi = Float64Array.from([
  ...reference.lengthScales.map((l) => -2 * Math.log(l)),
  Math.log(reference.signal),
  Math.log(reference.noise),
]);

function processOf(): GaussianProcess {
  return condition(points, y, hyperparametersOf(phi));
}

describe('against scikit-learn', () => {
  test('values of unlike variance', () => {
    const { extra, mean, sd, fitted, logMarginalLikelihood: evidence } = reference.unlike;
    const gp = condition({ ...points, extra: Float64Array.from(extra) }, y, hyperparametersOf(phi));
    for (const [i, x] of reference.at.entries()) {
      const found = predict(gp, Float64Array.from(x));
      expect(found.mean).toBeCloseTo(mean[i]!, 10);
      expect(found.sd).toBeCloseTo(sd[i]!, 10);
    }
    for (const [i, value] of fittedMeans(gp).entries()) expect(value).toBeCloseTo(fitted[i]!, 10);
    expect(logMarginalLikelihood(gp)).toBeCloseTo(evidence, 9);
  });

  test('posterior means and deviations', () => {
    const gp = processOf();
    for (const [i, x] of reference.at.entries()) {
      const { mean, sd } = predict(gp, Float64Array.from(x));
      expect(mean).toBeCloseTo(reference.mean[i]!, 10);
      expect(sd).toBeCloseTo(reference.sd[i]!, 10);
    }
  });

  test('log marginal likelihood and its gradient', () => {
    const gp = processOf();
    expect(logMarginalLikelihood(gp)).toBeCloseTo(reference.logMarginalLikelihood, 9);
    const gradient = likelihoodGradient(gp);
    reference.gradient.forEach((g, k) => {
      expect(gradient[k]).toBeCloseTo(g, 8);
    });
    expect(gradient[4]).toBeCloseTo(reference.gradientByNoise, 5);
  });
});

describe('gradients against finite differences', () => {
  test('log posterior in the log hyperparameters', () => {
    const { gradient } = logPosterior(points, y, phi);
    const numeric = centralDifferences((p) => logPosterior(points, y, p).value, phi);
    numeric.forEach((g, k) => {
      expect(gradient[k]).toBeCloseTo(g, 5);
    });
  });

  test('mean and deviation in the point, at a point of the data too', () => {
    const gp = processOf();
    for (const x of [Float64Array.of(0.3, 0.6, 1), Float64Array.from(reference.X[3]!)]) {
      const { meanSlope, sdSlope } = predictWithSlopes(gp, x);
      const mean = centralDifferences((p) => predict(gp, p).mean, x);
      const sd = centralDifferences((p) => predict(gp, p).sd, x);
      for (const k of [0, 1]) {
        expect(meanSlope[k]).toBeCloseTo(mean[k]!, 5);
        expect(sdSlope[k]).toBeCloseTo(sd[k]!, 5);
      }
    }
  });
});

test('against an anchor the deviation is that of the difference: 0 at the anchor, its slopes right', () => {
  const gp = processOf();
  const anchor = anchorAt(gp, Float64Array.from(reference.X[3]!));
  expect(predict(gp, anchor.x, anchor).sd).toBeLessThan(1e-6);
  const x = Float64Array.of(0.35, 0.55, 1);
  const { sdSlope } = predictWithSlopes(gp, x, anchor);
  const numeric = centralDifferences((p) => predict(gp, p, anchor).sd, x);
  for (const k of [0, 1]) expect(sdSlope[k]).toBeCloseTo(numeric[k]!, 5);
  // the same from the joint distribution: the anchor and x as two more points without values
  const far = predict(gp, Float64Array.of(50, 50, 2), anchor).sd ** 2;
  expect(far).toBeCloseTo(gp.signal + anchor.variance, 9);
});

describe('fitting', () => {
  test('finds hyperparameters at which the log posterior is flat or at its bounds, and no worse than the generating ones', () => {
    const gp = fitGaussianProcess(points, y);
    const found = Float64Array.from([...gp.theta.map(Math.log), ...[gp.signal, gp.noise].map(Math.log)]);
    const there = logPosterior(points, y, found);
    expect(there.value).toBeGreaterThanOrEqual(logPosterior(points, y, phi).value);
    for (const g of there.gradient) expect(Math.abs(g)).toBeLessThan(0.05);
  });

  test('survives equal points with unequal values, and equal values', () => {
    const X = Float64Array.from(Array.from({ length: 8 }, () => [0.5, 0.5, 1]).flat());
    const same = { X, n: 8, kinds: points.kinds };
    const values = Float64Array.from([1, -1, 1, -1, 1, -1, 1, -1]);
    expect(predict(fitGaussianProcess(same, values), Float64Array.of(0.5, 0.5, 1)).mean).toBeCloseTo(0, 6);
    const flat = fitGaussianProcess(points, new Float64Array(points.n));
    expect(fittedMeans(flat).every((m) => m === 0)).toBe(true);
  });
});

test('believing keeps the means and shrinks the deviation at the believed point', () => {
  const gp = processOf();
  const x = Float64Array.of(0.9, 0.1, 2);
  const believed = believe(gp, [x]);
  expect(predict(believed, x).mean).toBeCloseTo(predict(gp, x).mean, 8);
  expect(predict(believed, x).sd).toBeLessThan(0.3 * predict(gp, x).sd);
  expect(predict(believed, Float64Array.of(0.2, 0.8, 0)).mean).toBeCloseTo(
    predict(gp, Float64Array.of(0.2, 0.8, 0)).mean,
    8,
  );
});
