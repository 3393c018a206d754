import type { Evidence } from '../analysis/gate-margin.js';
import type { GatePolicy } from '../core/gate-policy.js';
import { hashJson, sha256 } from '../core/hash.js';
import type { Evaluation } from '../runs/evaluation.entity.js';
import type { EvaluationService } from '../runs/evaluations/evaluation.service.js';

/** One input of a verdict, so that anyone can see later whether it would come out the same. */
export interface GateInput {
  set: string;
  score: string;
  itemsHash: string;
  /** of the scores of adapter and base, and of the weights */
  valuesHash: string;
}

/** The items that a policy speaks of: its scores on the run's sets that it names, or whose role it names. */
export async function evidenceOf(
  policy: GatePolicy,
  sets: readonly Evaluation[],
  evaluations: EvaluationService,
): Promise<Evidence[]> {
  const found: Evidence[] = [];
  for (const { runId, name, role } of sets) {
    for (const score of scoresAskedOf(policy, name, role)) {
      const items = await evaluations.items(runId, name, score);
      if (items !== null) found.push({ ...items, set: name, role });
    }
  }
  return found;
}

function scoresAskedOf({ requirements }: GatePolicy, name: string, role: string): string[] {
  const asked = requirements.filter((one) => one.set === name || one.role === role);
  return [...new Set(asked.map(({ score }) => score))].sort();
}

export function inputOf({ set, score, itemsHash, values, baseValues, weights }: Evidence): GateInput {
  const columns = [values, baseValues, weights].map(columnHash);
  return { set, score, itemsHash, valuesHash: hashJson(columns) };
}

function columnHash(values: ArrayLike<number> | null): string | null {
  if (values === null) return null;
  return sha256(new Uint8Array(Float64Array.from(values).buffer));
}
