import type { HyperbandRule } from '../../core/early-terminate.js';
import { type Pruner, signOf, type TrialCurve } from './pruner.js';

/** Bands, in iterations, ascending: maxIter/eta, maxIter/eta², … (s of them, none below 1), or minIter, minIter·eta, … up to `longest`. */
export function bandsOf({ minIter, maxIter, s, eta }: HyperbandRule, longest: number): number[] {
  if (maxIter !== null && s !== null) {
    const bands = Array.from({ length: s }, (_, i) => maxIter / eta ** (i + 1)).filter((band) => band >= 1);
    return bands.map(Math.floor).reverse();
  }
  const bands: number[] = [];
  for (let band = minIter ?? 1; band <= longest; band *= eta) bands.push(Math.floor(band));
  return bands;
}

/**
 * W&B's `early_terminate: {type: hyperband}`. A run's iteration is the count of finite values that it has logged of the metric. Once it has
 * logged more values than a band's number, it is judged there: it is stopped if it is worse than the value at rank ⌊n/eta⌋ of all n runs that
 * came as far, itself included. Only the last band that it has passed counts.
 */
export const judgeByHyperband: Pruner<HyperbandRule> = (curve, peers, rule, goal) => {
  const sign = signOf(goal);
  const own = finitePoints(curve, sign);
  const band = bandsOf(rule, own.length).findLast((b) => b < own.length);
  if (band === undefined) return null;
  const reached = [own, ...peers.map((peer) => finitePoints(peer, sign))].filter(
    ({ length }) => length > band,
  );
  const atBand = reached.map((points) => points[band]!.value).sort((a, b) => a - b);
  const threshold = atBand[Math.min(atBand.length - 1, Math.floor(atBand.length / rule.eta))]!;
  const judged = rule.strict ? own[band]!.value : Math.min(...own.map(({ value }) => value));
  const stop = judged > threshold;
  const subject = rule.strict ? `value ${sign * judged} at band ${band}` : `best value ${sign * judged}`;
  const why = `${subject} ${stop ? 'is worse than' : 'is within'} ${sign * threshold}, the best ${count(atBand.length, rule.eta)}`;
  return {
    ...{ stop, rule: 'hyperband', rung: band, step: own[band]!.step, value: sign * judged },
    ...{ threshold: sign * threshold, probability: null, predicted: null, peers: reached.length - 1, why },
  };
};

function count(runs: number, eta: number): string {
  return `1/${eta} of ${runs} ${runs === 1 ? 'run' : 'runs'} there`;
}

/** Smaller values are better. */
function finitePoints({ steps, values }: TrialCurve, sign: number): { step: number; value: number }[] {
  const all = Array.from(values, (value, i) => ({ step: steps[i]!, value: sign * value }));
  return all.filter(({ value }) => Number.isFinite(value));
}
