import type { Goal } from '../../core/metric-value.js';
import type { EarlyTerminate } from '../../core/sweep-config.js';

/**
 * W&B's `early_terminate: {type: hyperband}`. A run's iteration is the count of finite values that it has logged of the metric. Once it has
 * logged more values than a band's number, it is judged there: it is stopped if it is worse than the value at rank ⌊n/eta⌋ of all n runs that
 * came as far, itself included. Only the last band that it has passed counts.
 */
export interface Verdict {
  stop: boolean;
  /** one sentence with the numbers that decided */
  why: string;
}

/** Bands, in iterations, ascending: maxIter/eta, maxIter/eta², … (s of them, none below 1), or minIter, minIter·eta, … up to `longest`. */
export function bandsOf({ minIter, maxIter, s, eta }: EarlyTerminate, longest: number): number[] {
  if (maxIter !== null && s !== null) {
    const bands = Array.from({ length: s }, (_, i) => maxIter / eta ** (i + 1)).filter((band) => band >= 1);
    return bands.map(Math.floor).reverse();
  }
  const bands: number[] = [];
  for (let band = minIter ?? 1; band <= longest; band *= eta) bands.push(Math.floor(band));
  return bands;
}

/**
 * @param curve the metric's values of the run to judge, in order
 * @param peers the same of every other run of the sweep, ended ones included
 */
export function decide(
  curve: readonly number[],
  peers: readonly (readonly number[])[],
  policy: EarlyTerminate,
  goal: Goal,
): Verdict {
  const own = losses(curve, goal);
  const band = bandsOf(policy, own.length).findLast((b) => b < own.length);
  if (band === undefined) return { stop: false, why: `no band passed after ${own.length} values` };
  const reached = [own, ...peers.map((peer) => losses(peer, goal))].filter((values) => values.length > band);
  const atBand = reached.map((values) => values[band]!).sort((a, b) => a - b);
  const threshold = atBand[Math.min(atBand.length - 1, Math.floor(atBand.length / policy.eta))]!;
  const judged = policy.strict ? own[band]! : own.reduce((least, value) => Math.min(least, value));
  const stop = judged > threshold;
  const sign = goal === 'minimize' ? 1 : -1;
  const subject = policy.strict ? `value ${sign * judged} at band ${band}` : `best value ${sign * judged}`;
  const relation = stop ? 'is worse than' : 'is within';
  return {
    stop,
    why: `${subject} ${relation} ${sign * threshold}, the best ${count(atBand.length, policy.eta)}`,
  };
}

function count(runs: number, eta: number): string {
  return `1/${eta} of ${runs} ${runs === 1 ? 'run' : 'runs'} there`;
}

/** Finite values only, smaller is better. */
function losses(curve: readonly number[], goal: Goal): number[] {
  const finite = curve.filter(Number.isFinite);
  return goal === 'minimize' ? finite : finite.map((value) => -value);
}
