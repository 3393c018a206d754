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

/** Sequences that are computed at once: enough to keep the matrix products busy. */
const GROUP = 16;

/** The mean loss of a model on sequences. Between groups other work of the process gets its turn. */
export async function evaluate(config: ModelConfig, layers: Layers, sequences: Sequence[]): Promise<Score> {
  const sorted = [...sequences].sort((a, b) => a.ids.length - b.ids.length);
  let [sum, tokens] = [0, 0];
  for (let at = 0; at < sorted.length; at += GROUP) {
    const packed = packRows(sorted.slice(at, at + GROUP), primitives().takesLongRows);
    sum += await sumOfLosses(config, layers, packed);
    tokens += packed.predicted;
    await new Promise(setImmediate);
  }
  const bytes = sequences.reduce((total, sequence) => total + sequence.bytes, 0);
  return { loss: sum / tokens, bitsPerByte: sum / Math.LN2 / bytes, tokens, bytes };
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
