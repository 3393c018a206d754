import { BatchOrder, packRows } from './batches.js';
import type { Sequence } from './sequences.js';

/** What a batch's memory depends on. */
export interface BatchShape {
  /** tokens, padding included */
  rows: number;
  /** those whose next token is asked for */
  predicted: number;
  /** tokens that attention keeps a probability for, per row and head */
  width: number;
}

/** @param intoOne as for packRows */
export function shapeOf(sequences: Sequence[], intoOne: boolean): BatchShape {
  const sum = (sizeOf: (sequence: Sequence) => number) =>
    sequences.reduce((total, sequence) => total + sizeOf(sequence), 0);
  const predicted = sum(({ ids, from }) => ids.length - from);
  if (!intoOne) {
    const { inputs, length } = packRows(sequences);
    return { rows: inputs.length, predicted, width: length };
  }
  const width = sequences.reduce((most, { ids }) => Math.max(most, ids.length - 1), 0);
  return { rows: sum(({ ids }) => ids.length - 1), predicted, width };
}

/** Steps that are looked at: more of them hardly find a larger batch. */
const LOOKED_AT = 300;

/** The batches of a run's first steps. */
export function trainingShapes(
  train: Sequence[],
  { batchSize, seed }: { batchSize: number; seed: number },
  steps: number,
  intoOne: boolean,
): BatchShape[] {
  const order = new BatchOrder(train.length, batchSize, seed);
  return Array.from({ length: Math.min(steps, LOOKED_AT) }, (_, i) =>
    shapeOf(
      order.indices(i + 1).map((index) => train[index]!),
      intoOne,
    ),
  );
}
