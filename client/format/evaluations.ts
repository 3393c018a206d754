import { metricFromJson } from '../../src/core/metric-value.js';

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
  const ofRole = evaluations.filter((evaluation) => evaluation.role === role);
  const tokens = ofRole.reduce((sum, evaluation) => sum + evaluation.tokens, 0);
  if (tokens === 0) return undefined;
  const weighted = ofRole.map((one) => (metricFromJson(one[key]) ?? Number.NaN) * one.tokens);
  return weighted.reduce((sum, loss) => sum + loss, 0) / tokens;
}
