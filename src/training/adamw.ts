import type { TensorFile } from './safetensors.js';

/** As torch.optim.AdamW. */
export interface AdamWSettings {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}

/** First and second moments of one parameter. */
interface Moments {
  m: Float32Array;
  v: Float32Array;
}

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2) with PyTorch's order of operations: the decay multiplies the parameter by
 * 1 - learningRate·weightDecay first. In plain JavaScript on float32 arrays: the same bits whatever backend made the gradients.
 */
export class AdamW {
  /** steps done */
  step = 0;
  readonly moments = new Map<string, Moments>();

  constructor(private readonly settings: AdamWSettings) {}

  /** Begins a step: bias corrections count from 1. */
  advance(): void {
    this.step++;
  }

  /**
   * Updates `values` in place.
   * @param decays false: no weight decay for this parameter
   */
  update(
    name: string,
    values: Float32Array,
    gradient: ArrayLike<number>,
    learningRate: number,
    decays = true,
  ): void {
    const { beta1, beta2, epsilon, weightDecay } = this.settings;
    const { m, v } = this.momentsOf(name, values.length);
    const keep = decays ? 1 - learningRate * weightDecay : 1;
    const stepSize = learningRate / (1 - beta1 ** this.step);
    const correction = Math.sqrt(1 - beta2 ** this.step);
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!;
      const mean = m[i]! + (1 - beta1) * (g - m[i]!);
      const square = v[i]! * beta2 + (1 - beta2) * g * g;
      m[i] = mean;
      v[i] = square;
      values[i] = values[i]! * keep - (stepSize * mean) / (Math.sqrt(square) / correction + epsilon);
    }
  }

  /** Both moments in the shapes of the parameters; empty before the first step. */
  momentsLike(parameters: TensorFile): { m: TensorFile; v: TensorFile } {
    const pick = (part: 'm' | 'v'): TensorFile =>
      new Map(
        [...this.moments].map(([name, moments]) => [
          name,
          { shape: parameters.get(name)!.shape, values: moments[part] },
        ]),
      );
    return { m: pick('m'), v: pick('v') };
  }

  restore(step: number, m: TensorFile, v: TensorFile): void {
    this.step = step;
    for (const [name, { values }] of m) this.moments.set(name, { m: values, v: v.get(name)!.values });
  }

  private momentsOf(name: string, length: number): Moments {
    let moments = this.moments.get(name);
    if (!moments) {
      moments = { m: new Float32Array(length), v: new Float32Array(length) };
      this.moments.set(name, moments);
    }
    return moments;
  }
}

/** The L2 norm over all gradients together. */
export function globalNorm(gradients: Iterable<ArrayLike<number>>): number {
  let sum = 0;
  for (const gradient of gradients)
    for (let i = 0; i < gradient.length; i++) sum += gradient[i]! * gradient[i]!;
  return Math.sqrt(sum);
}

/** Scales the gradients in place so that their norm is at most `largest`, as torch.nn.utils.clip_grad_norm_ does. */
export function clipGradients(gradients: Iterable<Float32Array>, norm: number, largest: number): void {
  const factor = Math.fround(largest / (norm + 1e-6));
  if (!(factor < 1)) return;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
}
