import { hashJson } from '../core/hash.js';
import type { EvaluationRole } from '../core/run-config.js';
import type { EvaluationSet } from './evaluation-set.js';
import type { PreparedRun } from './prepare-run.js';
import {
  kindsOf,
  lossOf,
  type Measuring,
  meanOfColumn,
  measureKind,
  type ScoreColumn,
} from './score-columns.js';
import type { EvaluationScore, TrainingPoint } from './train-run.js';

/** What one set's scores are, by item. */
export interface SetScores {
  columns: ScoreColumn[];
  /** what the model wrote; null where nothing was asked */
  answers: string[] | null;
}

/** Every score of each set. */
export async function scoreSets(
  measuring: Measuring,
  sets = measuring.prepared.evaluations,
): Promise<SetScores[]> {
  const scores: SetScores[] = [];
  for (const set of sets) scores.push(await scoreSet(measuring, set));
  return scores;
}

async function scoreSet(measuring: Measuring, set: EvaluationSet): Promise<SetScores> {
  const found: SetScores = { columns: [], answers: null };
  for (const kind of kindsOf(set)) {
    const { columns, answers } = await measureKind(kind, set, measuring);
    found.columns.push(...columns);
    found.answers ??= answers;
  }
  return found;
}

/** Identity of a suite by content: what is scored on which data, wherever the data lies. */
export function suiteHashOf(sets: readonly EvaluationSet[]): string {
  return hashJson(sets.map(({ config: { data: _, ...asked }, dataset }) => ({ ...asked, dataset })));
}

/** A set's result beside the base's. */
export function toEvaluation(
  set: EvaluationSet,
  scores: SetScores,
  base: SetScores,
  baseKeys: Map<string, string>,
  suiteHash: string,
): EvaluationScore {
  const { name, role, items, dataset, keys, groups, config } = set;
  const [loss, baseLoss] = [lossOf(scores.columns), lossOf(base.columns)];
  return {
    ...{ name, role, items, dataset, keys, groups, distance: config.distance ?? null, suiteHash },
    ...(loss ?? { loss: Number.NaN, bitsPerByte: Number.NaN, tokens: 0, bytes: 0 }),
    ...{ baseLoss: baseLoss?.loss ?? Number.NaN, baseBitsPerByte: baseLoss?.bitsPerByte ?? Number.NaN },
    scores: scores.columns.map((column) => ({
      ...column,
      baseValues: base.columns.find(({ score }) => score === column.score)?.values ?? null,
      baseKey: baseKeys.get(column.score) ?? null,
    })),
  };
}

/**
 * `<role>/<name>/<score>` for each score of each set; of a role `<role>/loss`, weighted by tokens, and `<role>/<score>` for each other score,
 * by items. Of bits per byte there is no metric: it is the loss in other units.
 */
export function scorePoints(
  { evaluations }: PreparedRun,
  scores: SetScores[],
  step: number,
): TrainingPoint[] {
  const points: TrainingPoint[] = [];
  const byRole = new Map<string, ScoreColumn[]>();
  for (const [i, { role, name }] of evaluations.entries()) {
    for (const column of scores[i]!.columns.filter(({ score }) => score !== 'bits_per_byte')) {
      points.push({ metric: `${role}/${name}/${column.score}`, step, value: meanOfColumn(column) });
      const metric = `${role}/${column.score}`;
      byRole.set(metric, [...(byRole.get(metric) ?? []), column]);
    }
  }
  const roles = [...byRole].map(([metric, columns]) => ({ metric, step, value: meanOfColumns(columns) }));
  return [...roles, ...points];
}

function meanOfColumns(columns: ScoreColumn[]): number {
  const sizes = columns.map(
    ({ values, weights }) => weights?.reduce((sum, one) => sum + one, 0) ?? values.length,
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return columns.reduce((sum, column, i) => sum + meanOfColumn(column) * sizes[i]!, 0) / total;
}

/** How much was forgotten, where the base's capabilities are evaluated by loss. */
export function changePoints(
  { evaluations }: PreparedRun,
  scores: SetScores[],
  baseScores: SetScores[],
  step: number,
): TrainingPoint[] {
  const [now, before] = [scores, baseScores].map((of) => roleLoss(evaluations, of, 'base_capability'));
  if (now === null || before === null) return [];
  return [{ metric: 'base_capability/change', step, value: now! - before! }];
}

function roleLoss(sets: EvaluationSet[], scores: SetScores[], role: EvaluationRole): number | null {
  const own = scores.filter((_, i) => sets[i]!.role === role);
  const columns = own.flatMap(({ columns }) => columns.filter(({ score }) => score === 'loss'));
  return columns.length === 0 ? null : meanOfColumns(columns);
}
