import type { EvaluationRole } from '../core/run-config.js';
import { evaluate, type Score } from './evaluate.js';
import type { Layers } from './llama.js';
import type { PreparedRun } from './prepare-run.js';
import type { EvaluationScore, TrainingPoint } from './train-run.js';

/** Each evaluation set's mean loss. */
export async function scoreSets(prepared: PreparedRun, layers: Layers): Promise<Score[]> {
  const { base, evaluations, tokensAtOnce } = prepared;
  const scores: Score[] = [];
  for (const { sequences } of evaluations)
    scores.push(await evaluate(base.config, layers, sequences, tokensAtOnce));
  return scores;
}

export function toEvaluation(
  set: PreparedRun['evaluations'][number],
  score: Score,
  base: Score,
): EvaluationScore {
  const { name, role, items, dataset } = set;
  return { name, role, items, dataset, ...score, baseLoss: base.loss, baseBitsPerByte: base.bitsPerByte };
}

/** `<role>/<name>/loss` for each set, and `<role>/loss` over the sets of a role, weighted by tokens. */
export function scorePoints({ evaluations }: PreparedRun, scores: Score[], step: number): TrainingPoint[] {
  const sets = evaluations.map(({ role, name }, i) => ({
    metric: `${role}/${name}/loss`,
    step,
    value: scores[i]!.loss,
  }));
  const roles = [...new Set(evaluations.map(({ role }) => role))];
  const means = roles.map((role) => ({
    metric: `${role}/loss`,
    step,
    value: roleLoss(evaluations, scores, role)!,
  }));
  return [...means, ...sets];
}

/** How much was forgotten, where the base's capabilities are evaluated. */
export function changePoints(
  { evaluations }: PreparedRun,
  scores: Score[],
  baseScores: Score[],
  step: number,
): TrainingPoint[] {
  const [now, before] = [scores, baseScores].map((of) => roleLoss(evaluations, of, 'base_capability'));
  if (now === null || before === null) return [];
  return [{ metric: 'base_capability/change', step, value: now! - before! }];
}

function roleLoss(sets: PreparedRun['evaluations'], scores: Score[], role: EvaluationRole): number | null {
  const own = scores.filter((_, i) => sets[i]!.role === role);
  const tokens = own.reduce((sum, score) => sum + score.tokens, 0);
  return tokens === 0 ? null : own.reduce((sum, score) => sum + score.loss * score.tokens, 0) / tokens;
}
