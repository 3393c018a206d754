import type { VerdictFieldsFragment } from '../../api-client/operations.generated.js';
import { formatNumber } from '../terminal/number-format.js';

/** What the server found when it compared, as analysis/reproduction-verdict.ts says it. */
interface Evidence {
  maxRelativeDifference: number;
  tolerance: number;
  comparedPoints: number;
  comparedMetrics: number;
  leftOut: string[];
  /** the two values at the place of the first difference; null: none was logged there */
  original: unknown;
  reproduction: unknown;
}

/** The verdict as a sentence, with its evidence. */
export function verdictText(reproduction: VerdictFieldsFragment): string {
  const evidence = reproduction.evidence as Evidence;
  const { comparedPoints, comparedMetrics, leftOut } = evidence;
  const compared = `${formatNumber(comparedPoints)} values of ${comparedMetrics} metrics compared`;
  const notCompared = leftOut.length === 0 ? '' : `, all but ${leftOut.join(', ')}`;
  return `${sentence(reproduction, evidence)}\n  ${compared}${notCompared}`;
}

function sentence({ verdict, step, metric }: VerdictFieldsFragment, evidence: Evidence): string {
  const { original, reproduction, maxRelativeDifference, tolerance } = evidence;
  const place = `step ${step} in ${metric}`;
  const values = `${shown(original)} then, ${shown(reproduction)} now`;
  if (verdict === 'identical') return 'Identical: every logged value is the same.';
  if (verdict === 'differs') return `Differs at ${place}: ${values}.`;
  const largest = `at most ${formatNumber(maxRelativeDifference)} of a value (limit ${formatNumber(tolerance)})`;
  return `Within tolerance: the runs differ by ${largest}, first at ${place}: ${values}.`;
}

/** All digits: a difference may be in the last one. */
function shown(value: unknown): string {
  return value === null ? 'no value' : String(value);
}
