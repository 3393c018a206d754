import * as tf from '@tensorflow/tfjs';
import { RandomStream } from '../core/random.js';
import { disposeRows, type Rows, toRows } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { isPredicted, predictedCount, type Sequence } from './sequences.js';

/** Sequences packed into rows of equal length. A token sees only tokens of its own sequence. */
export interface PackedRows {
  /** tokens per row */
  length: number;
  inputs: Int32Array;
  targets: Int32Array;
  /** 1 where the target counts, else 0 */
  weights: Float32Array;
  /** position in the row at which the token's sequence begins */
  starts: Int32Array;
  /** targets that count */
  predicted: number;
  /** inputs that are no padding */
  tokens: number;
  /** where each sequence begins */
  places: { sequence: Sequence; at: number }[];
}

const LENGTH_STEP = 8;

/**
 * Packs sequences into one row, or into as few as first-fit by decreasing length finds. Those are as long as the longest sequence
 * (rounded up to a multiple of 8), since attention costs the square.
 * @param intoOne for backends that do not pay that square: no padding at all
 */
export function packRows(sequences: Sequence[], intoOne = false): PackedRows {
  const sizes = sequences.map(({ ids }) => ids.length - 1);
  const longest = Math.ceil(Math.max(...sizes) / LENGTH_STEP) * LENGTH_STEP;
  const length = intoOne ? sizes.reduce((sum, size) => sum + size, 0) : longest;
  const rows = assignRows(sequences, length);
  const packed = emptyRows(rows.length, length);
  for (const [row, members] of rows.entries()) {
    let at = row * length;
    for (const sequence of members) at = place(packed, sequence, at, row * length);
  }
  return packed;
}

function assignRows(sequences: Sequence[], length: number): Sequence[][] {
  const rows: { members: Sequence[]; room: number }[] = [];
  const sorted = [...sequences].sort((a, b) => b.ids.length - a.ids.length);
  for (const sequence of sorted) {
    const needed = sequence.ids.length - 1;
    let row = rows.find(({ room }) => room >= needed);
    if (!row) {
      row = { members: [], room: length };
      rows.push(row);
    }
    row.members.push(sequence);
    row.room -= needed;
  }
  return rows.map(({ members }) => members);
}

/** Padding sees itself only, and is predicted by nobody. */
function emptyRows(rows: number, length: number): PackedRows {
  const n = rows * length;
  const starts = Int32Array.from({ length: n }, (_, i) => i % length);
  const [inputs, targets, weights] = [new Int32Array(n), new Int32Array(n), new Float32Array(n)];
  return { length, inputs, targets, weights, starts, predicted: 0, tokens: 0, places: [] };
}

/** @returns where the next sequence of the row goes */
function place(packed: PackedRows, sequence: Sequence, at: number, rowBegin: number): number {
  const { ids } = sequence;
  const size = ids.length - 1;
  packed.places.push({ sequence, at });
  for (let i = 0; i < size; i++) {
    packed.inputs[at + i] = ids[i]!;
    packed.targets[at + i] = ids[i + 1]!;
    packed.weights[at + i] = isPredicted(sequence, i + 1) ? 1 : 0;
    packed.starts[at + i] = at - rowBegin;
  }
  packed.predicted += predictedCount(sequence);
  packed.tokens += size;
  return at + size;
}

/** A batch on the backend; targets and weights are those of the rows that count. */
export interface Batch {
  rows: Rows;
  targets: tf.Tensor;
  /** of the loss; they add up to 1 over the batch */
  weights: tf.Tensor;
}

export function toBatch(config: ModelConfig, packed: PackedRows): Batch {
  const { inputs, length, starts, targets, weights, predicted } = packed;
  const wanted = Int32Array.from(weights.keys()).filter((row) => weights[row] !== 0);
  const int32 = (values: Int32Array) => tf.tensor(values, [values.length], 'int32');
  const all = toRows(config, inputs, length, starts);
  const rows = wanted.length === inputs.length ? all : { ...all, wanted: int32(wanted) };
  const mean = Float32Array.from(wanted, (row) => weights[row]! / predicted);
  return {
    rows,
    targets: int32(wanted.map((row) => targets[row]!)),
    weights: tf.tensor(mean, [mean.length]),
  };
}

export function disposeBatch({ rows, targets, weights }: Batch): void {
  disposeRows(rows);
  tf.dispose([targets, weights]);
}

/** Which sequences a step (counted from 1) learns from: epoch after epoch, each in a new seeded order. */
export class BatchOrder {
  private epoch = -1;
  private order: number[] = [];

  constructor(
    private readonly count: number,
    private readonly batchSize: number,
    private readonly seed: number,
  ) {}

  indices(step: number): number[] {
    return Array.from({ length: this.batchSize }, (_, i) => this.at((step - 1) * this.batchSize + i));
  }

  private at(n: number): number {
    const epoch = Math.floor(n / this.count);
    if (epoch !== this.epoch) {
      this.order = new RandomStream(this.seed, `order/${epoch}`).permutation(this.count);
      this.epoch = epoch;
    }
    return this.order[n % this.count]!;
  }
}
