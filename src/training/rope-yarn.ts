import type { Problem } from '../core/errors.js';
import { type Json, shown } from './config-values.js';

// YaRN (Peng et al. 2023, arXiv 2309.00071) as transformers has it: waves that turn often within the original context are kept, those
// that hardly turn are stretched by `factor`, between them a ramp over the index i of the frequency; cos and sin grow a little.

export interface YarnScaling {
  type: 'yarn';
  factor: number;
  originalContextLength: number;
  /** turns within the original context above which a wave is kept, and below which it is stretched in full */
  betaFast: number;
  betaSlow: number;
  /** whether the ramp begins and ends at whole indices */
  truncate: boolean;
  /** of cos and sin */
  attentionFactor: number;
}

const OPTIONAL = ['attention_factor', 'beta_fast', 'beta_slow', 'mscale', 'mscale_all_dim'];

export function yarnProblems(rope: Json, field: string): Problem[] {
  const bad = OPTIONAL.filter((key) => rope[key] != null && !Number.isFinite(rope[key]));
  return bad.map((key) => ({
    field: `${field}.${key}`,
    message: `found ${shown(rope[key])}, expected a number`,
  }));
}

/** Of an entry without problems. */
export function readYarn(rope: Json, originalContextLength: number): YarnScaling {
  const number = (key: string) => rope[key] as number | null | undefined;
  const factor = number('factor')!;
  return {
    type: 'yarn',
    factor,
    originalContextLength,
    betaFast: number('beta_fast') || 32,
    betaSlow: number('beta_slow') || 1,
    truncate: rope.truncate !== false,
    attentionFactor: number('attention_factor') ?? attentionFactor(factor, rope),
  };
}

/** 0.1·ln(factor) + 1, or DeepSeek's quotient of two such. */
function attentionFactor(factor: number, { mscale, mscale_all_dim: all }: Json): number {
  const grown = (m: number) => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
  return mscale && all ? grown(mscale as number) / grown(all as number) : grown(1);
}

export function writeYarn(scaling: YarnScaling): Json {
  return {
    rope_type: 'yarn',
    factor: scaling.factor,
    original_max_position_embeddings: scaling.originalContextLength,
    beta_fast: scaling.betaFast,
    beta_slow: scaling.betaSlow,
    truncate: scaling.truncate,
    attention_factor: scaling.attentionFactor,
  };
}

/** @param frequency the plain one of index i   @param d head dimension   @param theta the base */
export function yarnFrequency(
  frequency: number,
  i: number,
  d: number,
  theta: number,
  scaling: YarnScaling,
): number {
  const { factor, originalContextLength: context, betaFast, betaSlow, truncate } = scaling;
  const indexOf = (turns: number) => (d * Math.log(context / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [indexOf(betaFast), indexOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, d - 1);
  const kept = 1 - clamp((i - low) / (high === low ? 0.001 : high - low));
  return (frequency / factor) * (1 - kept) + frequency * kept;
}

const clamp = (x: number) => Math.min(Math.max(x, 0), 1);
