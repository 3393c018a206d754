import type { EvaluationRole } from '../../core/run-config.js';
import type { RunEnding } from '../../worker/child-messages.js';

/** One run of an entrant, measured in a process of its own. */
export interface Measurement {
  /** null: not recorded */
  runId: string | null;
  outcome: string;
  /** why it ended early or failed; null if it did not */
  reason: string | null;
  trainableParameters: number | null;
  totalParameters: number | null;
  peakMemoryBytes: number | null;
  seconds: number | null;
  /** median over the steps: loading and evaluation do not count */
  tokensPerSecond: number | null;
  /** of the weights that are kept: the adapter, or the whole model */
  checkpointBytes: number | null;
  validationLoss: number | null;
  losses: Partial<Record<EvaluationRole, RoleLoss>>;
}

/** Nats per token over the sets of a role, weighted by tokens. */
export interface RoleLoss {
  loss: number;
  baseLoss: number;
}

type RoleScore = Pick<RunEnding['evaluations'][number], 'role' | 'tokens' | 'loss' | 'baseLoss'>;

export interface Observed {
  runId: string | null;
  ending: Pick<RunEnding, 'outcome' | 'reason' | 'error' | 'facts'> & { evaluations: RoleScore[] };
  /** of each step */
  speeds: readonly number[];
  /** the last one; null: none */
  validationLoss: number | null;
  checkpointBytes: number | null;
}

export function measurementOf({
  runId,
  ending,
  speeds,
  validationLoss,
  checkpointBytes,
}: Observed): Measurement {
  const { outcome, facts, evaluations } = ending;
  const fact = (name: string) => (typeof facts[name] === 'number' ? (facts[name] as number) : null);
  const reason = ending.error ?? ending.reason;
  return {
    ...{ runId, outcome, reason, validationLoss, checkpointBytes },
    trainableParameters: fact('trainableParameters'),
    totalParameters: fact('totalParameters'),
    peakMemoryBytes: fact('peakMemoryBytes'),
    seconds: fact('seconds'),
    tokensPerSecond: median(speeds),
    losses: lossesByRole(evaluations),
  };
}

function lossesByRole(evaluations: RoleScore[]): Measurement['losses'] {
  const roles = [...new Set(evaluations.map(({ role }) => role))];
  return Object.fromEntries(
    roles.map((role) => {
      const sets = evaluations.filter((set) => set.role === role && set.tokens > 0);
      const tokens = sets.reduce((sum, set) => sum + set.tokens, 0);
      const mean = (key: 'loss' | 'baseLoss') =>
        sets.reduce((sum, set) => sum + set[key] * set.tokens, 0) / tokens;
      return [role, { loss: mean('loss'), baseLoss: mean('baseLoss') }];
    }),
  );
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
