import * as tf from '@tensorflow/tfjs';
import { disposeBatch, type PackedRows, packRows, toBatch } from './batches.js';
import { forward, type Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { primitives } from './ops.js';
import type { Sequence } from './sequences.js';

export interface Score {
  /** mean in nats per predicted token */
  loss: number;
  bitsPerByte: number;
  tokens: number;
  bytes: number;
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
  let [sum, tokens] = [0, 0];
  for (const group of groupsOf(sequences, tokensAtOnce)) {
    const packed = packRows(group, primitives().takesLongRows);
    sum += await sumOfLosses(config, layers, packed);
    tokens += packed.predicted;
    await new Promise(setImmediate);
  }
  const bytes = sequences.reduce((total, sequence) => total + sequence.bytes, 0);
  return { loss: sum / tokens, bitsPerByte: sum / Math.LN2 / bytes, tokens, bytes };
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

async function sumOfLosses(config: ModelConfig, layers: Layers, packed: PackedRows): Promise<number> {
  const batch = toBatch(config, packed);
  const losses = tf.tidy(() =>
    primitives().crossEntropyLosses(forward(config, layers, batch.rows), batch.targets, batch.weights),
  );
  const values = await losses.data<'float32'>();
  losses.dispose();
  disposeBatch(batch);
  return values.reduce((total, loss) => total + loss, 0);
}
