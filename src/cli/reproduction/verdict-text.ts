import type { NoiseCheck, WeightEvidence } from '../../analysis/reproduction-verdict.js';
import type { SeedEvidence } from '../../analysis/seed-variance.js';
import type { VerdictFieldsFragment } from '../../api-client/operations.generated.js';
import { formatNumber } from '../terminal/number-format.js';

/** What the server found when it compared, as analysis/reproduction-verdict.ts says it, and the scores of both. */
interface Evidence {
  maxRelativeDifference: number;
  comparedPoints: number;
  comparedMetrics: number;
  leftOut: string[];
  added: string[];
  /** the two values at the place of the first difference; null: none was logged there */
  original: unknown;
  reproduction: unknown;
  weights: WeightEvidence;
  kernelNoise: NoiseCheck;
  seedVariance: SeedEvidence;
  evaluations: { name: string; delta: number | null }[];
  stoppedAt?: { step: number; metric: string };
}

/** The verdict as a sentence, with its evidence in the lines below. */
export function verdictText(reproduction: VerdictFieldsFragment): string {
  const evidence = reproduction.evidence as Evidence;
  const { comparedPoints, comparedMetrics, leftOut, stoppedAt } = evidence;
  const compared = `${formatNumber(comparedPoints)} values of ${comparedMetrics} metrics compared`;
  const notCompared = leftOut.length === 0 ? '' : `, all but ${leftOut.join(', ')}`;
  const lines = [sentence(reproduction, evidence), `  ${compared}${notCompared}`];
  if (evidence.added.length > 0) lines.push(`  new since then, not compared: ${evidence.added.join(', ')}`);
  if (stoppedAt)
    lines.push(`  stopped at step ${stoppedAt.step}, where ${stoppedAt.metric} departed (--fail-fast)`);
  lines.push(`  ${weightsText(evidence.weights)}`);
  if (evidence.evaluations.length > 0) lines.push(`  ${evaluationsText(evidence)}`);
  if (reproduction.verdict !== 'identical') lines.push(...classLines(evidence));
  return lines.join('\n');
}

function sentence({ verdict, step, metric }: VerdictFieldsFragment, evidence: Evidence): string {
  if (verdict === 'identical') return 'Identical: every logged value is the same.';
  if (step === null) return `Different: every logged value is the same, and ${metric} is not.`;
  const { original, reproduction, maxRelativeDifference } = evidence;
  const place = `step ${step} in ${metric}: ${shown(original)} then, ${shown(reproduction)} now`;
  const most = `by at most ${formatNumber(maxRelativeDifference)} of a value`;
  if (verdict === 'within_kernel_noise')
    return `Within kernel noise: the runs differ ${most}, first at ${place}.`;
  if (verdict === 'within_seed_variance')
    return `Within seed variance: as far apart as runs with other seeds; the first difference is at ${place}.`;
  return `Different, first at ${place}.`;
}

function weightsText(weights: WeightEvidence): string {
  if ('why' in weights) return `weights: ${weights.why}`;
  if (weights.isIdentical) return 'weights: the same bits';
  const { relative, largestModule, modules } = weights;
  const most = `most in ${largestModule} (${formatNumber(modules[largestModule] ?? relative)})`;
  return `weights: ${formatNumber(relative)} apart (relative, of B·A), ${most}`;
}

function evaluationsText({ evaluations }: Evidence): string {
  const changes = evaluations.map(
    ({ name, delta }) => `${name} ${delta === null ? 'not scored' : signed(delta)}`,
  );
  return `evaluations, nats per token: ${changes.join(', ')}`;
}

const signed = (value: number) => `${value > 0 ? '+' : ''}${value === 0 ? '0' : value.toPrecision(3)}`;

/** The two looser classes: whether each holds, and by what; or that there is nothing to tell by. */
function classLines({ kernelNoise, seedVariance }: Evidence): string[] {
  const replicates = `${seedVariance.n} replicates, level ${seedVariance.level}`;
  return [
    `  kernel noise: ${saidOf(kernelNoise)}`,
    `  seed variance: ${saidOf(seedVariance)} (${replicates})`,
  ];
}

function saidOf({ holds, why }: { holds: boolean | null; why: string }): string {
  if (holds === null) return `cannot be told, ${why}`;
  return `${holds ? 'yes' : 'no'}, ${why}`;
}

/** All digits: a difference may be in the last one. */
function shown(value: unknown): string {
  return value === null ? 'no value' : String(value);
}
