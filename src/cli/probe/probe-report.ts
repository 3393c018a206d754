import { type NoiseEvidence, noiseBetween } from '../../analysis/kernel-noise.js';
import { environmentText } from '../../core/compute-environment.js';
import { formatNumber } from '../terminal/number-format.js';
import type { ProbeRecord } from './executions.js';

/** How two places compare. */
export interface ProbeComparison {
  between: [string, string];
  /** both are one place, in two processes */
  isItself: boolean;
  pairs: number;
  verdict: 'identical' | 'within_kernel_noise' | 'different';
  /** largest relative difference of each metric; empty if it is no noise */
  largest: Record<string, number>;
  weights: number | null;
  why: string | null;
}

/** Every place with itself and with each other, in the order in which they were executed. */
export function compareAll(records: readonly ProbeRecord[]): ProbeComparison[] {
  const places = [...new Map(records.map((record) => [record.where, record])).values()];
  return places.flatMap((a, i) =>
    places.slice(i).flatMap((b) => {
      const evidence = noiseBetween(records, a.where, b.where);
      const names: [string, string] = [environmentText(a.environment), environmentText(b.environment)];
      return isCompared(evidence) ? [comparisonOf(names, a.where === b.where, evidence)] : [];
    }),
  );
}

const isCompared = (evidence: NoiseEvidence) => 'bounds' in evidence || !evidence.why.startsWith('no probe');

function comparisonOf(
  between: [string, string],
  isItself: boolean,
  evidence: NoiseEvidence,
): ProbeComparison {
  const same = { between, isItself };
  if ('why' in evidence) {
    return { ...same, pairs: 0, verdict: 'different', largest: {}, weights: null, why: evidence.why };
  }
  const { pairs, largest, weights } = evidence.bounds;
  const isIdentical = Object.values(largest).every((value) => value === 0) && (weights ?? 0) === 0;
  const verdict = isIdentical ? 'identical' : 'within_kernel_noise';
  return { ...same, pairs, verdict, largest, weights, why: null };
}

/** One line for each comparison, and what follows for a run. */
export function probeText(comparisons: readonly ProbeComparison[]): string {
  return comparisons.map(comparisonText).join('\n');
}

function comparisonText({
  between: [a, b],
  isItself,
  pairs,
  verdict,
  largest,
  weights,
  why,
}: ProbeComparison) {
  const head = isItself ? `${a} with itself` : `${a} with ${b}`;
  if (verdict === 'different') return `${head}: different, ${why}`;
  if (verdict === 'identical') return `${head}: the same bits (${pairs} pairs)`;
  const differences = Object.entries(largest).filter(([, value]) => value > 0);
  const shown = differences.map(([name, value]) => `${name} ${formatNumber(value)}`).join(', ');
  const apart = weights === null ? '' : `; weights ${formatNumber(weights)} apart`;
  return `${head}: within kernel noise, at most ${shown || 'nothing'}${apart} (${pairs} pairs)`;
}
