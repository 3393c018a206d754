import type { Problem } from '../core/errors.js';
import { type Json, positive, shown } from './config-values.js';

// Rotary frequencies θ^(-2i/d), and the two ways of stretching them that are built here.

/** Llama 3.1's stretching (modeling_rope_utils.py of transformers): long waves by `factor`, short ones not, between them a ramp. */
export interface Llama3Scaling {
  type: 'llama3';
  factor: number;
  lowFrequencyFactor: number;
  highFrequencyFactor: number;
  originalContextLength: number;
}

/** `factors`: one divisor for each frequency, as GGUF files store them. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | Llama3Scaling
  | { type: 'factors'; factors: number[] };

const NUMBERS = {
  default: [],
  linear: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor', 'original_max_position_embeddings'],
} as const;

/** transformers 5 keeps it in rope_parameters; earlier versions in rope_scaling, with rope_theta beside it. */
function ropeEntry(json: Json): { field: string; rope: Json } {
  const field = json.rope_parameters == null ? 'rope_scaling' : 'rope_parameters';
  return { field, rope: (json[field] as Json | null | undefined) ?? {} };
}

const typeOf = (rope: Json) => rope.rope_type ?? rope.type ?? ('factor' in rope ? undefined : 'default');

export function ropeProblems(json: Json): Problem[] {
  const { field, rope } = ropeEntry(json);
  const numbers = NUMBERS[typeOf(rope) as keyof typeof NUMBERS];
  if (!numbers) {
    const expected = `rope_type ${Object.keys(NUMBERS).join(', ')}`;
    return [{ field, message: `found ${shown(rope)}, expected ${expected}` }];
  }
  return numbers.flatMap((key) => positive(rope, key, `${field}.${key}`));
}

export function ropeTheta(json: Json): number {
  return ((ropeEntry(json).rope.rope_theta ?? json.rope_theta) as number | undefined) ?? 10_000;
}

/** Of a config without problems; null: not stretched. */
export function ropeScaling(json: Json): RopeScaling | null {
  const { rope } = ropeEntry(json);
  const number = (key: string) => rope[key] as number;
  if (typeOf(rope) === 'linear') return { type: 'linear', factor: number('factor') };
  if (typeOf(rope) !== 'llama3') return null;
  return {
    type: 'llama3',
    factor: number('factor'),
    lowFrequencyFactor: number('low_freq_factor'),
    highFrequencyFactor: number('high_freq_factor'),
    originalContextLength: number('original_max_position_embeddings'),
  };
}

/** What transformers reads back as this scaling; the divisors of a GGUF file have no name there. */
export function toHuggingFaceRope(theta: number, scaling: RopeScaling | null): Json {
  if (scaling === null) return { rope_theta: theta };
  if (scaling.type === 'linear') {
    return { rope_theta: theta, rope_scaling: { rope_type: 'linear', factor: scaling.factor } };
  }
  if (scaling.type === 'factors') throw new Error('rope factors of a GGUF file cannot be written');
  const rope_scaling = {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  };
  return { rope_theta: theta, rope_scaling };
}

/** [d/2] in float32, as transformers computes them. */
export function ropeFrequencies(dimension: number, theta: number, scaling: RopeScaling | null): Float32Array {
  const plain = Float32Array.from({ length: dimension / 2 }, (_, i) => 1 / theta ** (i / (dimension / 2)));
  if (scaling === null) return plain;
  if (scaling.type === 'linear') return plain.map((frequency) => frequency / scaling.factor);
  if (scaling.type === 'factors') return plain.map((frequency, i) => frequency / scaling.factors[i]!);
  return plain.map((frequency) => stretched(frequency, scaling));
}

function stretched(frequency: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI);
  if (turns > high) return frequency;
  if (turns < low) return frequency / factor;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}
