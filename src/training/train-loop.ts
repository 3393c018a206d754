import type { RunConfig } from '../core/run-config.js';
import { AdamW } from './adamw.js';
import { BatchOrder, disposeBatch, packRows, toBatch } from './batches.js';
import { evaluate } from './evaluate.js';
import { forward } from './llama.js';
import { memoryUse } from './memory-use.js';
import type { Method } from './method.js';
import { crossEntropy, primitives } from './ops.js';
import type { StepResult } from './parameters.js';
import type { PreparedRun } from './prepare-run.js';
import type { Continuation } from './resuming.js';
import type { TensorFile } from './safetensors.js';
import { scheduleFactor } from './schedule.js';
import type { TimeLeft } from './time-left.js';
import type { TrainingHooks, TrainingPoint } from './train-run.js';
import { saveTrainingState, type TrainingState, type ValidationState } from './training-state.js';

export interface LoopEnd {
  outcome: 'finished' | 'diverged' | 'stopped';
  reason: string | null;
  steps: number;
  bestStep: number | null;
  /** the step whose weights the method holds now */
  keptStep: number;
  tokens: number;
}

/** A loss above this many times the base's, and that many nats more, will not come back. */
const DIVERGED = { factor: 3, nats: 2 };

/** What goes on around the steps. */
export interface LoopSurroundings {
  hooks: TrainingHooks;
  timeLeft: TimeLeft;
  continuation: Continuation | null;
  signal?: AbortSignal;
}

/**
 * Trains to the end of the config, of patience, of numbers, or of the caller's. The method is left with the weights to keep. Goes on from the
 * continuation's state as if there had been no interruption.
 */
export function trainLoop(
  config: RunConfig,
  prepared: PreparedRun,
  method: Method,
  surroundings: LoopSurroundings,
): Promise<LoopEnd> {
  return new TrainLoop(config, prepared, method, surroundings).run();
}

class TrainLoop {
  private readonly began = performance.now();
  private readonly points: TrainingPoint[];
  private readonly stepper: Stepper;
  private readonly validation: Validation;
  private readonly hooks: TrainingHooks;
  private readonly continuation: Continuation | null;

  constructor(
    private readonly config: RunConfig,
    private readonly prepared: PreparedRun,
    method: Method,
    private readonly around: LoopSurroundings,
  ) {
    this.hooks = around.hooks;
    this.continuation = around.continuation;
    this.points = [...(this.continuation?.from?.points ?? [])];
    const onPoints = (points: TrainingPoint[]) => this.log(points);
    const logging = { ...this.hooks, onPoints };
    this.stepper = new Stepper(config, prepared, method, logging, around.timeLeft);
    this.validation = new Validation(config, prepared, method, logging, around.timeLeft);
  }

  async run(): Promise<LoopEnd> {
    const { steps } = this.prepared;
    await this.begin();
    for (let step = this.firstStep; step <= steps; step++) {
      const end = await this.stepAndJudge(step);
      if (end) return end;
    }
    return this.end('finished', null, steps, this.validation.keepBest(steps));
  }

  private get firstStep(): number {
    return (this.continuation?.from?.step ?? 0) + 1;
  }

  /** The base's validation, or where the interrupted run was. */
  private async begin(): Promise<void> {
    const from = this.continuation?.from;
    if (!from) return this.validation.evaluateAt(0);
    this.stepper.restore(from);
    this.validation.restore(from.validation, from.best);
    this.hooks.onPoints?.(from.points);
  }

  private log(points: TrainingPoint[]): void {
    if (this.continuation) for (const point of points) this.points.push(point);
    this.hooks.onPoints?.(points);
  }

  /** @returns null while there is more to do */
  private async stepAndJudge(step: number): Promise<LoopEnd | null> {
    const { stepper, validation } = this;
    const { loss, gradientNorm } = await stepper.run(step);
    const why = stepper.whyDiverged(loss, gradientNorm);
    if (why) return this.end('diverged', `${why} at step ${step}`, step);
    const stop = this.whyStop(step);
    // A step's validation belongs to its state: what goes on from there begins with the next step.
    if (validation.isDue(step) && (!stop || this.continuation)) await validation.evaluateAt(step);
    if (stop) await this.save(step, 'so that it can go on');
    if (stop) return this.end('stopped', stop, step);
    if (validation.isOutOfPatience)
      return this.end('finished', validation.reason, step, validation.keepBest(step));
    if (this.isCheckpointDue(step)) await this.save(step);
    return null;
  }

  private whyStop(step: number): string | null {
    if (this.around.signal?.aborted) return 'cancelled';
    return step < this.prepared.steps && this.hooks.shouldStop?.() ? 'stopped by its sweep' : null;
  }

  private isCheckpointDue(step: number): boolean {
    const { checkpointInterval } = this.config;
    return checkpointInterval !== null && step < this.prepared.steps && step % checkpointInterval === 0;
  }

  /** @param why says in the log that there is one */
  private async save(step: number, why?: string): Promise<void> {
    if (!this.continuation) return;
    const { identity, runId, stateFile, from } = this.continuation;
    const seconds = (from?.seconds ?? 0) + (performance.now() - this.began) / 1000;
    const { state: validation, best } = this.validation;
    const progress = { ...this.stepper.state(), validation, best, points: this.points };
    try {
      await saveTrainingState(stateFile, { identity, runId, step, seconds, ...progress });
      if (why) this.hooks.log?.(`checkpoint of step ${step} in ${stateFile}, ${why}`);
    } catch (cause) {
      this.hooks.log?.(`no checkpoint at step ${step}: ${(cause as Error).message}`);
    }
  }

  private end(
    outcome: LoopEnd['outcome'],
    reason: string | null,
    steps: number,
    keptStep: number = steps,
  ): LoopEnd {
    const { bestStep } = this.validation;
    return { outcome, reason, steps, bestStep, keptStep, tokens: this.stepper.tokens };
  }
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
    private readonly timeLeft: TimeLeft,
  ) {
    this.optimizer = new AdamW(config.optimizer);
    this.order = new BatchOrder(prepared.train.length, config.batchSize, config.seed);
  }

  /** Everything of a state that is not validation. */
  state(): Pick<TrainingState, 'updates' | 'tokens' | 'firstLoss' | 'parameters' | 'm' | 'v'> {
    const { optimizer, tokens, firstLoss } = this;
    const parameters = this.method.parameters.values;
    return { updates: optimizer.step, tokens, firstLoss, parameters, ...optimizer.momentsLike(parameters) };
  }

  restore({ updates, tokens, firstLoss, parameters, m, v }: TrainingState): void {
    this.tokens = tokens;
    this.firstLoss = firstLoss;
    this.method.parameters.restore(parameters);
    this.optimizer.restore(updates, m, v);
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
      this.method.groupOf,
    );
    disposeBatch(batch);
    this.tokens += packed.tokens;
    if (step === 1) this.firstLoss = result.loss;
    const seconds = (performance.now() - began) / 1000;
    this.timeLeft.stepTook(seconds);
    this.report(step, result, learningRate, packed.tokens / seconds);
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
    const { processBytes: memoryBytes, deviceBytes } = memoryUse();
    const secondsLeft = this.timeLeft.after(step);
    const values = {
      'train/loss': loss,
      'train/learning_rate': learningRate,
      'train/grad_norm': gradientNorm,
      'train/tokens_per_second': tokensPerSecond,
      'train/memory_bytes': memoryBytes,
      ...(deviceBytes !== null && { 'train/device_memory_bytes': deviceBytes }),
      'train/seconds_left': secondsLeft,
    };
    this.hooks.onPoints?.(Object.entries(values).map(([metric, value]) => ({ metric, step, value })));
    const speed = { tokensPerSecond, memoryBytes, secondsLeft };
    this.hooks.onProgress?.({ step, steps: this.prepared.steps, loss, learningRate, gradientNorm, ...speed });
  }
}

/** The validation loss over time, its best step, and patience. */
class Validation {
  bestStep: number | null = null;
  private bestLoss = Number.POSITIVE_INFINITY;
  best: TensorFile | null = null;
  private sinceImproved = 0;
  private reference = Number.POSITIVE_INFINITY;

  constructor(
    private readonly config: RunConfig,
    private readonly prepared: PreparedRun,
    private readonly method: Method,
    private readonly hooks: TrainingHooks,
    private readonly timeLeft: TimeLeft,
  ) {}

  get state(): ValidationState {
    const { bestStep, bestLoss, sinceImproved, reference } = this;
    return { bestStep, bestLoss, sinceImproved, reference };
  }

  restore(state: ValidationState, best: TensorFile | null): void {
    Object.assign(this, state);
    this.best = best;
  }

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
    const began = performance.now();
    const { loss } = await evaluate(base.config, this.method.layers(), validation);
    this.timeLeft.validationTook((performance.now() - began) / 1000);
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
