import type { RunConfig } from '../core/run-config.js';
import { AdamW } from './adamw.js';
import { BatchOrder, disposeBatch, packRows, toBatch } from './batches.js';
import { evaluate } from './evaluate.js';
import { forward } from './llama.js';
import type { Method } from './method.js';
import { crossEntropy, primitives } from './ops.js';
import type { StepResult } from './parameters.js';
import type { PreparedRun } from './prepare-run.js';
import type { TensorFile } from './safetensors.js';
import { scheduleFactor } from './schedule.js';
import type { TrainingHooks } from './train-run.js';

export interface LoopEnd {
  outcome: 'finished' | 'diverged' | 'stopped';
  reason: string | null;
  steps: number;
  bestStep: number | null;
  /** the step whose weights the method holds now */
  keptStep: number;
  tokens: number;
}

/** A loss above this many times the first one, and that many nats more, will not come back. */
const DIVERGED = { factor: 3, nats: 2 };

/** Trains to the end of the config, of patience, of numbers, or of the caller's. The method is left with the weights to keep. */
export async function trainLoop(
  config: RunConfig,
  prepared: PreparedRun,
  method: Method,
  hooks: TrainingHooks,
  signal?: AbortSignal,
): Promise<LoopEnd> {
  const stepper = new Stepper(config, prepared, method, hooks);
  const validation = new Validation(config, prepared, method, hooks);
  await validation.evaluateAt(0);
  for (let step = 1; step <= prepared.steps; step++) {
    const { loss, gradientNorm } = await stepper.run(step);
    const ended = (outcome: LoopEnd['outcome'], reason: string) => ({
      ...{ outcome, reason, steps: step, tokens: stepper.tokens },
      ...{ bestStep: validation.bestStep, keptStep: step },
    });
    const why = stepper.whyDiverged(loss, gradientNorm);
    if (why) return ended('diverged', `${why} at step ${step}`);
    if (signal?.aborted) return ended('stopped', 'cancelled');
    if (step < prepared.steps && hooks.shouldStop?.()) return ended('stopped', 'stopped by its sweep');
    if (validation.isDue(step)) await validation.evaluateAt(step);
    if (validation.isOutOfPatience)
      return { ...ended('finished', validation.reason), keptStep: validation.keepBest(step) };
  }
  const { steps } = prepared;
  const keptStep = validation.keepBest(steps);
  const { bestStep } = validation;
  return { outcome: 'finished', reason: null, steps, bestStep, keptStep, tokens: stepper.tokens };
}

/** One optimiser step after another. */
class Stepper {
  tokens = 0;
  private firstLoss = Number.NaN;
  private readonly optimizer: AdamW;
  private readonly order: BatchOrder;

  constructor(
    private readonly config: RunConfig,
    private readonly prepared: PreparedRun,
    private readonly method: Method,
    private readonly hooks: TrainingHooks,
  ) {
    this.optimizer = new AdamW(config.optimizer);
    this.order = new BatchOrder(prepared.train.length, config.batchSize, config.seed);
  }

  async run(step: number): Promise<StepResult> {
    const began = performance.now();
    const { optimizer } = this.config;
    const { steps, train, base } = this.prepared;
    const packed = packRows(
      this.order.indices(step).map((i) => train[i]!),
      primitives().takesLongRows,
    );
    const batch = toBatch(base.config, packed);
    const layers = this.method.trainingLayers(step);
    const lossOf = () => crossEntropy(forward(base.config, layers, batch.rows), batch.targets, batch.weights);
    const learningRate = optimizer.learningRate * scheduleFactor(optimizer.schedule, step, steps);
    const result = await this.method.parameters.train(
      lossOf,
      this.optimizer,
      learningRate,
      optimizer.gradientClip,
    );
    disposeBatch(batch);
    this.tokens += packed.tokens;
    if (step === 1) this.firstLoss = result.loss;
    this.report(step, result, learningRate, (packed.tokens * 1000) / (performance.now() - began));
    // Heartbeats and cancellation of the process get their turn.
    await new Promise(setImmediate);
    return result;
  }

  /** @returns what went out of bounds, or null */
  whyDiverged(loss: number, gradientNorm: number): string | null {
    if (!Number.isFinite(loss)) return `the loss is ${loss}`;
    if (!Number.isFinite(gradientNorm)) return `the gradient's norm is ${gradientNorm}`;
    const bound = this.firstLoss * DIVERGED.factor + DIVERGED.nats;
    return loss > bound ? `the loss is ${loss.toPrecision(4)}, above ${bound.toPrecision(4)}` : null;
  }

  private report(
    step: number,
    { loss, gradientNorm }: StepResult,
    learningRate: number,
    tokensPerSecond: number,
  ): void {
    const values = {
      'train/loss': loss,
      'train/learning_rate': learningRate,
      'train/grad_norm': gradientNorm,
      'train/tokens_per_second': tokensPerSecond,
    };
    this.hooks.onPoints?.(Object.entries(values).map(([metric, value]) => ({ metric, step, value })));
    this.hooks.onProgress?.({ step, steps: this.prepared.steps, loss, tokensPerSecond, learningRate });
  }
}

/** The validation loss over time, its best step, and patience. */
class Validation {
  bestStep: number | null = null;
  private bestLoss = Number.POSITIVE_INFINITY;
  private best: TensorFile | null = null;
  private sinceImproved = 0;
  private reference = Number.POSITIVE_INFINITY;

  constructor(
    private readonly config: RunConfig,
    private readonly prepared: PreparedRun,
    private readonly method: Method,
    private readonly hooks: TrainingHooks,
  ) {}

  isDue(step: number): boolean {
    const { evaluationInterval } = this.config;
    const { steps, validation } = this.prepared;
    if (!validation) return false;
    return step === steps || (evaluationInterval !== null && step % evaluationInterval === 0);
  }

  /** Step 0 is the base: it counts for the record, not as the best. */
  async evaluateAt(step: number): Promise<void> {
    const { validation, base } = this.prepared;
    if (!validation) return;
    const { loss } = await evaluate(base.config, this.method.layers(), validation);
    this.hooks.onPoints?.([{ metric: 'validation/loss', step, value: loss }]);
    if (step > 0) this.take(step, loss);
  }

  get isOutOfPatience(): boolean {
    const { earlyStopping } = this.config;
    return earlyStopping !== null && this.sinceImproved >= earlyStopping.patience;
  }

  get reason(): string {
    return `the validation loss has not improved for ${this.sinceImproved} evaluations; the best was at step ${this.bestStep}`;
  }

  /** With early stopping, gives the method its best weights back. @returns the step that is kept */
  keepBest(step: number): number {
    if (!this.best || this.bestStep === null) return step;
    this.method.parameters.restore(this.best);
    return this.bestStep;
  }

  private take(step: number, loss: number): void {
    const { earlyStopping } = this.config;
    if (loss < this.bestLoss) {
      this.bestLoss = loss;
      this.bestStep = step;
      if (earlyStopping) this.best = this.method.parameters.snapshot();
    }
    const improved = loss < this.reference - (earlyStopping?.minDelta ?? 0);
    this.sinceImproved = improved ? 0 : this.sinceImproved + 1;
    if (improved) this.reference = loss;
  }
}
