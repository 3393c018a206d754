import * as tf from '@tensorflow/tfjs';
import { RandomStream } from '../core/random.js';
import { AdamW } from './adamw.js';
import { trainableLayers } from './layers.js';
import { weightShapes } from './layout.js';
import { disposeRows, forward, toRows } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { crossEntropy } from './ops.js';
import { Parameters } from './parameters.js';
import type { TensorFile } from './safetensors.js';
import { scheduleFactor } from './schedule.js';

export interface PretrainSettings {
  config: ModelConfig;
  /** all documents' tokens, one after the other, each document closed by the end-of-text token */
  tokens: Int32Array;
  /** tokens per row */
  length: number;
  /** rows per step */
  batch: number;
  steps: number;
  learningRate: number;
  warmupSteps: number;
  weightDecay: number;
  seed: number;
}

/** Everything that the next step depends on. */
export interface PretrainState {
  step: number;
  parameters: TensorFile;
  m: TensorFile;
  v: TensorFile;
}

/** Where the cosine ends, as a fraction of the peak learning rate. */
const FLOOR = 0.1;

/** Normal(0, 0.02) matrices, those that feed the residual stream smaller by √(2·layers) (GPT-2), and norms of 1. */
export function initialWeights(config: ModelConfig, seed: number): TensorFile {
  const residual = 0.02 / Math.sqrt(2 * config.layers);
  return new Map(
    [...weightShapes(config)].map(([name, shape]) => {
      const random = new RandomStream(seed, `init/${name}`);
      const deviation = /(o_proj|down_proj|c_proj)\.weight$/.test(name) ? residual : 0.02;
      const constant = name.endsWith('.bias') ? 0 : 1;
      const draw = () => (shape.length === 1 ? constant : deviation * random.nextNormal());
      return [name, { shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, draw) }];
    }),
  );
}

/** Trains all weights to predict the next token. The state can be taken between any two steps. */
export class Pretraining {
  private readonly parameters: Parameters;
  private readonly optimizer: AdamW;

  constructor(
    private readonly settings: PretrainSettings,
    state?: PretrainState,
  ) {
    const { config, seed, weightDecay } = settings;
    this.parameters = new Parameters(state?.parameters ?? initialWeights(config, seed));
    this.optimizer = new AdamW({ beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay });
    if (state) this.optimizer.restore(state.step, state.m, state.v);
  }

  get step(): number {
    return this.optimizer.step;
  }

  get weights(): TensorFile {
    return this.parameters.values;
  }

  get learningRate(): number {
    const { learningRate, warmupSteps, steps } = this.settings;
    return learningRate * scheduleFactor({ name: 'cosine', warmupSteps, floor: FLOOR }, this.step + 1, steps);
  }

  /** One optimiser step. @returns mean loss in nats per token, and the gradient's norm */
  async next(): Promise<{ loss: number; gradientNorm: number }> {
    const { config, length, batch } = this.settings;
    const { inputs, targets } = this.batchAt(this.step);
    const rows = toRows(config, inputs, length);
    const wanted = tf.tensor(targets, [targets.length], 'int32');
    const weights = tf.fill([targets.length], 1 / (length * batch));
    const layers = trainableLayers(config, this.parameters.tensors);
    const lossOf = () => crossEntropy(forward(config, layers, rows), wanted, weights);
    const isMatrix = (name: string) => this.weights.get(name)!.shape.length > 1;
    const groupOf = (name: string) => ({ rateFactor: 1, decays: isMatrix(name) });
    const result = await this.parameters.train(lossOf, this.optimizer, this.learningRate, 1, groupOf);
    disposeRows(rows);
    tf.dispose([wanted, weights]);
    return result;
  }

  state(): PretrainState {
    return { step: this.step, parameters: this.weights, ...this.optimizer.momentsLike(this.weights) };
  }

  /** Rows that begin at random places of the stream of documents; each epoch covers the text once, in a new order. */
  private batchAt(step: number): { inputs: Int32Array; targets: Int32Array } {
    const { tokens, length, batch } = this.settings;
    const inputs = new Int32Array(batch * length);
    const targets = new Int32Array(batch * length);
    for (let row = 0; row < batch; row++) {
      const from = this.beginning(step * batch + row);
      inputs.set(tokens.subarray(from, from + length), row * length);
      targets.set(tokens.subarray(from + 1, from + length + 1), row * length);
    }
    return { inputs, targets };
  }

  private epoch: { number: number; offset: number; order: number[] } | null = null;

  /** Where the n-th row of the whole training begins. */
  private beginning(n: number): number {
    const { tokens, length, seed } = this.settings;
    const rows = Math.floor((tokens.length - 1) / length) - 1;
    const number = Math.floor(n / rows);
    if (this.epoch?.number !== number) {
      const random = new RandomStream(seed, `order/${number}`);
      this.epoch = { number, offset: random.nextInt(length), order: random.permutation(rows) };
    }
    return this.epoch.offset + this.epoch.order[n % rows]! * length;
  }
}
