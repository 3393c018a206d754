import * as tf from '@tensorflow/tfjs';
import { type AdamW, clipGradients, globalNorm } from './adamw.js';
import type { WeightTensors } from './layers.js';
import { type GroupOf, ONE_GROUP } from './parameter-groups.js';
import type { TensorFile } from './safetensors.js';

export interface StepResult {
  /** Σ weight·loss before the update */
  loss: number;
  /** of the whole gradient, before clipping */
  gradientNorm: number;
}

/** Trainable tensors: the values in JavaScript are the master copy, the tensors on the backend follow. */
export class Parameters {
  readonly tensors: WeightTensors;

  constructor(readonly values: TensorFile) {
    this.tensors = new Map(
      [...values].map(([name, { values, shape }]) => [name, tf.tensor(values.slice(), shape)]),
    );
  }

  get count(): number {
    return [...this.values.values()].reduce((sum, { values }) => sum + values.length, 0);
  }

  /** Loss and gradients of a scalar function of the tensors. The gradients are read back once. */
  async gradients(lossOf: () => tf.Tensor): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    const names = [...this.tensors.keys()];
    const { value, grads } = tf.valueAndGrads((..._: tf.Tensor[]) => lossOf() as tf.Scalar)([
      ...this.tensors.values(),
    ]);
    const [loss, ...read] = await Promise.all([value, ...grads].map((tensor) => tensor.data<'float32'>()));
    tf.dispose([value, grads]);
    return { loss: loss![0]!, gradients: new Map(names.map((name, i) => [name, read[i]!])) };
  }

  /** One optimiser step; a loss or gradient that is not finite leaves the parameters as they were. */
  async train(
    lossOf: () => tf.Tensor,
    optimizer: AdamW,
    learningRate: number,
    clip: number | null,
    groupOf: GroupOf = ONE_GROUP,
  ): Promise<StepResult> {
    const { loss, gradients } = await this.gradients(lossOf);
    const gradientNorm = globalNorm(gradients.values());
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) return { loss, gradientNorm };
    if (clip !== null) clipGradients(gradients.values(), gradientNorm, clip);
    optimizer.advance();
    for (const [name, gradient] of gradients) {
      const { rateFactor, decays } = groupOf(name);
      optimizer.update(name, this.values.get(name)!.values, gradient, learningRate * rateFactor, decays);
    }
    this.upload();
    return { loss, gradientNorm };
  }

  /** A copy of the values, for keeping the best. */
  snapshot(): TensorFile {
    return new Map(
      [...this.values].map(([name, { values, shape }]) => [name, { shape, values: values.slice() }]),
    );
  }

  restore(snapshot: TensorFile): void {
    for (const [name, { values }] of snapshot) this.values.get(name)!.values.set(values);
    this.upload();
  }

  dispose(): void {
    tf.dispose([...this.tensors.values()]);
  }

  /** The backend may keep a given array, so it gets one of its own. */
  private upload(): void {
    for (const [name, { values, shape }] of this.values) {
      this.tensors.get(name)!.dispose();
      this.tensors.set(name, tf.tensor(values.slice(), shape));
    }
  }
}
