import { metricFromJson } from '../../src/core/metric-value.js';
import { summaryMetric } from './json.js';

export interface Scored {
  role: string;
  tokens: number;
  loss: unknown;
  baseLoss: unknown;
}

export const ROLE_NAMES: Record<string, string> = {
  in_domain: 'in-domain',
  out_of_domain: 'out-of-domain',
  base_capability: 'base capability',
};

/** Token-weighted mean of a role's losses, as the trainer logs it; undefined without evaluations of the role. */
export function roleLoss(evaluations: Scored[], role: string, key: 'loss' | 'baseLoss'): number | undefined {
  // a set without tokens has no loss
  const ofRole = evaluations.filter((evaluation) => evaluation.role === role && evaluation.tokens > 0);
  const tokens = ofRole.reduce((sum, evaluation) => sum + evaluation.tokens, 0);
  if (tokens === 0) return undefined;
  const weighted = ofRole.map((one) => (metricFromJson(one[key]) ?? Number.NaN) * one.tokens);
  return weighted.reduce((sum, loss) => sum + loss, 0) / tokens;
}

interface ScoredRun {
  state: string;
  summary: unknown;
  evaluations: Scored[];
}

/**
 * What a run's weights score in a role: of its evaluations, or of the metric where a program logs only that. A run that goes on, or that
 * ended without being scored, has logged the base model's value at most, so it has none.
 */
export function scoreOf(run: ScoredRun | null, role: string): number | undefined {
  if (run === null || run.state === 'running') return undefined;
  const evaluated = roleLoss(run.evaluations, role, 'loss');
  return evaluated ?? (run.state === 'finished' ? summaryMetric(run.summary, `${role}/loss`) : undefined);
}

/** How much the base model's own abilities got worse: adapter − base; positive is worse. */
export function changeOf(run: ScoredRun | null, role: string): number | undefined {
  const [loss, base] = [scoreOf(run, role), roleLoss(run?.evaluations ?? [], role, 'baseLoss')];
  return loss === undefined || base === undefined ? undefined : loss - base;
}

/** Metrics that are logged once for the base model and once when the run ends. */
export const isEvaluationMetric = (name: string) => /^(in_domain|out_of_domain|base_capability)\//.test(name);
