import type { Problem } from '../core/errors.js';
import { type Json, positive, shown } from './config-values.js';
import { readYarn, writeYarn, type YarnScaling, yarnFrequency, yarnProblems } from './rope-yarn.js';

// Rotary frequencies θ^(-2i/d), and the ways of stretching them that are built here (modeling_rope_utils.py of transformers).

/** Llama 3.1's stretching: long waves by `factor`, short ones not, between them a ramp. */
export interface Llama3Scaling {
  type: 'llama3';
  factor: number;
  lowFrequencyFactor: number;
  highFrequencyFactor: number;
  originalContextLength: number;
}

/** `dynamic` begins to stretch beyond the context length; `factors`: one divisor for each frequency, as GGUF files store them. */
export type RopeScaling =
  | { type: 'linear'; factor: number }
  | { type: 'dynamic'; factor: number }
  | Llama3Scaling
  | YarnScaling
  | { type: 'factors'; factors: number[] };

const NUMBERS = {
  default: [],
  linear: ['factor'],
  dynamic: ['factor'],
  llama3: ['factor', 'low_freq_factor', 'high_freq_factor'],
  yarn: ['factor'],
} as const;
type RopeType = keyof typeof NUMBERS;

/** transformers 5 keeps it in rope_parameters; earlier versions, which it prefers, in rope_scaling with rope_theta beside it. */
function ropeEntry(json: Json): { field: string; rope: Json } {
  const isGiven = (value: unknown) => value != null && Object.keys(value).length > 0;
  const field =
    isGiven(json.rope_scaling) || json.rope_parameters == null ? 'rope_scaling' : 'rope_parameters';
  return { field, rope: (json[field] as Json | null | undefined) ?? {} };
}

const typeOf = (rope: Json) => rope.rope_type ?? rope.type ?? ('factor' in rope ? undefined : 'default');

export function ropeProblems(json: Json): Problem[] {
  const { field, rope } = ropeEntry(json);
  const type = typeOf(rope) as RopeType;
  const numbers = NUMBERS[type];
  // An object inside is a setting for one kind of layer, which none of the architectures here can have.
  const isNested = Object.values(rope).some((value) => typeof value === 'object' && value !== null);
  if (!numbers || isNested) {
    const expected = `rope_type ${Object.keys(NUMBERS).join(', ')}`;
    return [{ field, message: `found ${shown(rope)}, expected ${expected}` }];
  }
  return [
    // YaRN's factor may be left to the two context lengths.
    ...(type === 'yarn' && rope.factor == null ? [] : numbers).flatMap((key) =>
      positive(rope, key, `${field}.${key}`),
    ),
    ...(type === 'yarn' ? yarnProblems(rope, field) : []),
    ...(type === 'default' ? [] : partialProblems(json, rope)),
  ];
}

/** Llama and its relatives rotate whole heads: without stretching transformers ignores the key, with it fails. */
function partialProblems(json: Json, rope: Json): Problem[] {
  const part = rope.partial_rotary_factor ?? json.partial_rotary_factor;
  if (part == null || part === 1) return [];
  return [{ field: 'partial_rotary_factor', message: `found ${shown(part)}, expected 1` }];
}

export function ropeTheta(json: Json): number {
  return ((ropeEntry(json).rope.rope_theta ?? json.rope_theta) as number | null | undefined) ?? 10_000;
}

/** Of a config without problems; null: not stretched. */
export function ropeScaling(json: Json): RopeScaling | null {
  const { rope } = ropeEntry(json);
  const number = (key: string) => rope[key] as number;
  const type = typeOf(rope) as RopeType;
  if (type === 'linear' || type === 'dynamic') return { type, factor: number('factor') };
  if (type === 'default') return null;
  const original = json.original_max_position_embeddings ?? rope.original_max_position_embeddings;
  const originalContextLength = (original ?? json.max_position_embeddings) as number;
  if (type === 'yarn') {
    const factor = rope.factor ?? (json.max_position_embeddings as number) / originalContextLength;
    return readYarn({ ...rope, factor }, originalContextLength);
  }
  return {
    type,
    factor: number('factor'),
    lowFrequencyFactor: number('low_freq_factor'),
    highFrequencyFactor: number('high_freq_factor'),
    originalContextLength,
  };
}

/** What transformers reads back as this scaling; the divisors of a GGUF file have no name there. */
export function toHuggingFaceRope(theta: number, scaling: RopeScaling | null): Json {
  return scaling === null
    ? { rope_theta: theta }
    : { rope_theta: theta, rope_scaling: writeScaling(scaling) };
}

function writeScaling(scaling: RopeScaling): Json {
  if (scaling.type === 'factors') throw new Error('rope factors of a GGUF file cannot be written');
  if (scaling.type === 'yarn') return writeYarn(scaling);
  if (scaling.type !== 'llama3') return { rope_type: scaling.type, factor: scaling.factor };
  return {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContextLength,
  };
}

/** [d/2] in float32, as transformers computes them; dynamic scaling for what the context holds, which it leaves as it is. */
export function ropeFrequencies(dimension: number, theta: number, scaling: RopeScaling | null): Float32Array {
  const plain = Float32Array.from({ length: dimension / 2 }, (_, i) => 1 / theta ** (i / (dimension / 2)));
  switch (scaling?.type) {
    case 'linear':
      return plain.map((frequency) => frequency / scaling.factor);
    case 'factors':
      return plain.map((frequency, i) => frequency / scaling.factors[i]!);
    case 'llama3':
      return plain.map((frequency) => stretched(frequency, scaling));
    case 'yarn':
      return plain.map((frequency, i) => yarnFrequency(frequency, i, dimension, theta, scaling));
    default:
      return plain;
  }
}

/** What cos and sin are multiplied by. */
export const ropeLength = (scaling: RopeScaling | null) =>
  scaling?.type === 'yarn' ? scaling.attentionFactor : 1;

function stretched(frequency: number, scaling: Llama3Scaling): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalContextLength } = scaling;
  const turns = (originalContextLength * frequency) / (2 * Math.PI);
  if (turns > high) return frequency;
  if (turns < low) return frequency / factor;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}
