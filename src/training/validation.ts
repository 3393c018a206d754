import type { RunConfig } from '../core/run-config.js';
import { evaluate } from './evaluate.js';
import { firstItems } from './evaluation-set.js';
import type { Method } from './method.js';
import type { PreparedRun } from './prepare-run.js';
import type { TensorFile } from './safetensors.js';
import { meanOfColumn } from './score-columns.js';
import { scoreSets } from './score-sets.js';
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
    const { steps, validation, evaluations } = this.prepared;
    const hasSets = evaluations.some(({ config }) => config.during !== undefined);
    if (!validation && !hasSets) return false;
    return step === steps || (evaluationInterval !== null && step % evaluationInterval === 0);
  }

  /** Beside the validation loss `validation/<set>/<score>` of the first items of sets that ask for it. */
  private async scoreSetsAt(step: number): Promise<void> {
    const { prepared, method, hooks } = this;
    for (const set of prepared.evaluations) {
      if (set.config.during === undefined) continue;
      const measuring = { prepared, layers: method.layers(), runCommand: hooks.runScoreCommand };
      const [scores] = await scoreSets(measuring, [firstItems(set, set.config.during)]);
      const shown = scores!.columns.filter(({ score }) => score !== 'bits_per_byte');
      const nameOf = (score: string) => `validation/${set.name}/${score}`;
      hooks.onPoints?.(shown.map((one) => ({ metric: nameOf(one.score), step, value: meanOfColumn(one) })));
    }
  }

  /** Step 0 is the base: it counts for the record, not as the best. @returns the loss; null without a validation set */
  async evaluateAt(step: number): Promise<number | null> {
    const { validation, base } = this.prepared;
    const began = performance.now();
    await this.scoreSetsAt(step);
    if (!validation) return null;
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
