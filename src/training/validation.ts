import type { RunConfig } from '../core/run-config.js';
import { evaluate } from './evaluate.js';
import type { Method } from './method.js';
import type { PreparedRun } from './prepare-run.js';
import type { TensorFile } from './safetensors.js';
import type { TimeLeft } from './time-left.js';
import type { TrainingHooks } from './train-run.js';
import type { ValidationState } from './training-state.js';

/** The validation loss over time, its best step, and patience. */
export class Validation {
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

  /** Step 0 is the base: it counts for the record, not as the best. @returns the loss; null without a validation set */
  async evaluateAt(step: number): Promise<number | null> {
    const { validation, base } = this.prepared;
    if (!validation) return null;
    const began = performance.now();
    const { loss } = await evaluate(
      base.config,
      this.method.layers(),
      validation,
      this.prepared.tokensAtOnce,
    );
    this.timeLeft.validationTook((performance.now() - began) / 1000);
    this.hooks.onPoints?.([{ metric: 'validation/loss', step, value: loss }]);
    if (step > 0) this.take(step, loss);
    return loss;
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
