import type { RunConfig } from '../core/run-config.js';
import { AdamW } from './adamw.js';
import { BatchOrder, disposeBatch, packRows, toBatch } from './batches.js';
import { Divergence } from './divergence.js';
import { forward } from './llama.js';
import { memoryUse } from './memory-use.js';
import type { Method } from './method.js';
import { crossEntropy, primitives } from './ops.js';
import type { StepResult } from './parameters.js';
import type { PreparedRun } from './prepare-run.js';
import { type Continuation, refuseMisfit } from './resuming.js';
import { scheduleFactor } from './schedule.js';
import type { TimeLeft } from './time-left.js';
import type { TrainingHooks, TrainingPoint } from './train-run.js';
import { saveTrainingState, type TrainingState } from './training-state.js';
import { Validation } from './validation.js';

export interface LoopEnd {
  outcome: 'finished' | 'diverged' | 'stopped';
  reason: string | null;
  steps: number;
  bestStep: number | null;
  /** the step whose weights the method holds now */
  keptStep: number;
  tokens: number;
}

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
  private readonly divergence = new Divergence();
  private readonly points: TrainingPoint[];
  private readonly stepper: Stepper;
  private readonly validation: Validation;
  private readonly hooks: TrainingHooks;
  private readonly continuation: Continuation | null;

  constructor(
    private readonly config: RunConfig,
    private readonly prepared: PreparedRun,
    private readonly method: Method,
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
    if (!from) return this.divergence.seeBase((await this.validation.evaluateAt(0)) ?? 0);
    refuseMisfit(from.parameters, this.method.parameters.values, from.step, this.prepared.steps);
    this.divergence.seeBase(from.baseLoss);
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
    const { validation } = this;
    const { loss, gradientNorm } = await this.stepper.run(step);
    const why = this.whyDiverged(step, loss, gradientNorm);
    if (why) return this.end('diverged', `${why} at step ${step}`, step);
    const stop = this.whyStop(step);
    const lost = await this.validateIfDue(step, stop !== null);
    if (lost) return this.end('diverged', `${lost} at step ${step}`, step);
    if (stop) await this.save(step, 'so that it can go on');
    if (stop) return this.end('stopped', stop, step);
    if (validation.isOutOfPatience)
      return this.end('finished', validation.reason, step, validation.keepBest(step));
    if (this.isCheckpointDue(step)) await this.save(step);
    return null;
  }

  /** The first loss is the base's: it is from before the first update. */
  private whyDiverged(step: number, loss: number, gradientNorm: number): string | null {
    if (step === 1) this.divergence.seeBase(loss);
    const lost = this.divergence.why('the loss', loss);
    return lost ?? (Number.isFinite(gradientNorm) ? null : `the gradient's norm is ${gradientNorm}`);
  }

  /** A step's validation belongs to its state: what goes on from there begins with the next step. @returns why it diverged, or null */
  private async validateIfDue(step: number, isStopping: boolean): Promise<string | null> {
    if (!this.validation.isDue(step) || (isStopping && !this.continuation)) return null;
    const loss = await this.validation.evaluateAt(step);
    return loss === null ? null : this.divergence.why('the validation loss', loss);
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
    const { baseLoss } = this.divergence;
    const progress = { ...this.stepper.state(), baseLoss, validation, best, points: this.points };
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
  state(): Pick<TrainingState, 'updates' | 'tokens' | 'parameters' | 'm' | 'v'> {
    const { optimizer, tokens } = this;
    const parameters = this.method.parameters.values;
    return { updates: optimizer.step, tokens, parameters, ...optimizer.momentsLike(parameters) };
  }

  restore({ updates, tokens, parameters, m, v }: TrainingState): void {
    this.tokens = tokens;
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
    const seconds = (performance.now() - began) / 1000;
    this.timeLeft.stepTook(seconds);
    this.report(step, result, learningRate, packed.tokens / seconds);
    // Heartbeats and cancellation of the process get their turn.
    await new Promise(setImmediate);
    return result;
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
      'train/tokens': this.tokens,
      'train/examples': step * this.config.batchSize,
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
