import * as tf from '@tensorflow/tfjs';
import { disposeBatch, type PackedRows, packRows, toBatch } from './batches.js';
import { forward, type Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { primitives } from './ops.js';
import { predictedCount, type Sequence } from './sequences.js';

export interface Score {
  /** mean in nats per predicted token */
  loss: number;
  bitsPerByte: number;
  tokens: number;
  bytes: number;
}

/** Of each sequence the losses of its predicted tokens, added up, in nats. */
export interface SequenceLosses {
  losses: Float64Array;
  /** of all of them, added up in the order of the computation */
  sum: number;
}

/** Sequences that are computed at once at most: enough to keep the matrix products busy. */
const GROUP = 16;

/**
 * The mean loss of a model on sequences. Between groups other work of the process gets its turn.
 * @param tokensAtOnce tokens that a group may have: those of a training step, so that evaluation needs no more memory than training
 */
export async function evaluate(
  config: ModelConfig,
  layers: Layers,
  sequences: Sequence[],
  tokensAtOnce = Number.POSITIVE_INFINITY,
): Promise<Score> {
  const { sum } = await sequenceLosses(config, layers, sequences, tokensAtOnce);
  const tokens = sequences.reduce((total, sequence) => total + predictedCount(sequence), 0);
  const bytes = sequences.reduce((total, sequence) => total + sequence.bytes, 0);
  return { loss: sum / tokens, bitsPerByte: sum / Math.LN2 / bytes, tokens, bytes };
}

/** As `evaluate`, by sequence. */
export async function sequenceLosses(
  config: ModelConfig,
  layers: Layers,
  sequences: Sequence[],
  tokensAtOnce = Number.POSITIVE_INFINITY,
): Promise<SequenceLosses> {
  const places = new Map(sequences.map((sequence, i) => [sequence, i]));
  const losses = new Float64Array(sequences.length);
  let sum = 0;
  for (const group of groupsOf(sequences, tokensAtOnce)) {
    const packed = packRows(group, primitives().takesLongRows);
    const values = await tokenLosses(config, layers, packed);
    sum += values.reduce((total, loss) => total + loss, 0);
    for (const [sequence, loss] of bySequence(packed, values)) losses[places.get(sequence)!] = loss;
    await new Promise(setImmediate);
  }
  return { losses, sum };
}

/** By length, so that little is padded. */
export function groupsOf(sequences: Sequence[], tokensAtOnce: number): Sequence[][] {
  const groups: Sequence[][] = [];
  const sorted = [...sequences].sort((a, b) => a.ids.length - b.ids.length);
  for (const sequence of sorted) {
    const group = groups.at(-1);
    // None in it is longer than this one.
    const tokens = (group?.length ?? 0) * (sequence.ids.length - 1);
    const hasRoom = group && group.length < GROUP && tokens + sequence.ids.length - 1 <= tokensAtOnce;
    if (hasRoom) group.push(sequence);
    else groups.push([sequence]);
  }
  return groups;
}

/** Of the predicted tokens, in the order of the rows. */
async function tokenLosses(config: ModelConfig, layers: Layers, packed: PackedRows): Promise<Float32Array> {
  const batch = toBatch(config, packed);
  const losses = tf.tidy(() =>
    primitives().crossEntropyLosses(forward(config, layers, batch.rows), batch.targets, batch.weights),
  );
  const values = await losses.data<'float32'>();
  losses.dispose();
  disposeBatch(batch);
  return values;
}

function* bySequence({ weights, places }: PackedRows, values: Float32Array): Generator<[Sequence, number]> {
  const before = new Int32Array(weights.length + 1);
  for (const [i, weight] of weights.entries()) before[i + 1] = before[i]! + (weight === 0 ? 0 : 1);
  for (const { sequence, at } of places) {
    const [from, to] = [before[at]!, before[at + sequence.ids.length - 1]!];
    yield [sequence, values.subarray(from, to).reduce((total, loss) => total + loss, 0)];
  }
}
