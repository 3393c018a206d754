import { logExpectedImprovement, logExpectedImprovementSlopes } from './acquisition.js';
import { type Anchor, type GaussianProcess, predict, predictWithSlopes } from './gaussian-process.js';

/**
 * What a search maximises, as its logarithm: tiny values keep their order and their slopes. Made of parts: a product is a sum of logarithms, an
 * average over models a logarithm of a sum.
 */
export interface Acquisition {
  value(x: Float64Array): number;
  /** with its slopes along every dimension (0 along those without an order) */
  sloped(x: Float64Array): SlopedValue;
  /** of an average: its largest part, which ranks points nearly as well for less work */
  leading?: Acquisition;
}

export interface SlopedValue {
  value: number;
  slopes: Float64Array;
}

/** The expected improvement of one model on a value; see `Anchor` for the deviation that it uses. */
export function improvementOf(gp: GaussianProcess, best: number, anchor: Anchor): Acquisition {
  return {
    value: (x) => {
      const { mean, sd } = predict(gp, x, anchor);
      return logExpectedImprovement(best, mean, sd);
    },
    sloped: (x) => {
      const { mean, sd, meanSlope, sdSlope } = predictWithSlopes(gp, x, anchor);
      const { value, byMean, bySd } = logExpectedImprovementSlopes(best, mean, sd);
      return { value, slopes: meanSlope.map((m, j) => byMean * m + bySd * sdSlope[j]!) };
    },
  };
}

/** ln Π parts; of none it is 0 everywhere */
export function productOf(parts: readonly Acquisition[]): Acquisition {
  if (parts.length === 0) return { value: () => 0, sloped: (x) => ({ value: 0, slopes: x.map(() => 0) }) };
  if (parts.length === 1) return parts[0]!;
  const product: Acquisition = {
    value: (x) => parts.reduce((sum, part) => sum + part.value(x), 0),
    sloped: (x) => parts.map((part) => part.sloped(x)).reduce(summed),
  };
  if (!parts.some(({ leading }) => leading)) return product;
  return { ...product, leading: productOf(parts.map((part) => part.leading ?? part)) };
}

function summed(a: SlopedValue, b: SlopedValue): SlopedValue {
  return { value: a.value + b.value, slopes: a.slopes.map((slope, j) => slope + b.slopes[j]!) };
}

/** ln Σ share·part. Its slopes are those of the parts, weighed by what each contributes. */
export function mixtureOf(parts: readonly { share: number; part: Acquisition }[]): Acquisition {
  if (parts.length === 1 && parts[0]!.share === 1) return parts[0]!.part;
  return {
    value: (x) => logSumExp(parts.map(({ share, part }) => Math.log(share) + part.value(x))),
    sloped: (x) => {
      const found = parts.map(({ share, part }) => ({ share, ...part.sloped(x) }));
      const logs = found.map(({ share, value }) => Math.log(share) + value);
      const value = logSumExp(logs);
      const slopes = new Float64Array(x.length);
      found.forEach((one, k) => {
        const weight = Math.exp(logs[k]! - value);
        for (let j = 0; j < slopes.length; j++) slopes[j]! += weight * one.slopes[j]!;
      });
      return { value, slopes };
    },
    leading: parts.reduce((a, b) => (b.share > a.share ? b : a)).part,
  };
}

export function logSumExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  if (!Number.isFinite(top)) return top;
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}
