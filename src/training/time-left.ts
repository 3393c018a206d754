/** Steps that the next ones are judged by. */
const WINDOW = 25;

/**
 * Estimates how long a training still takes: what the last steps took in the middle, which one slow step does not move, and what
 * evaluations took when they were last made. Seconds.
 */
export class TimeLeft {
  private readonly recent: number[] = [];
  private ofValidation = 0;

  /**
   * @param steps of the whole run   @param evaluationInterval steps between validations; null: at the end only
   * @param ofScoring what scoring the base took, which is done again at the end
   */
  constructor(
    private readonly steps: number,
    private readonly evaluationInterval: number | null,
    private readonly ofScoring: number,
  ) {}

  stepTook(seconds: number): void {
    this.recent.push(seconds);
    if (this.recent.length > WINDOW) this.recent.shift();
  }

  validationTook(seconds: number): void {
    this.ofValidation = seconds;
  }

  after(step: number): number {
    const left = this.steps - step;
    return left * median(this.recent) + this.validationsAfter(step) * this.ofValidation + this.ofScoring;
  }

  /** Those due after this step, the last step's included. */
  private validationsAfter(step: number): number {
    const { steps, evaluationInterval } = this;
    if (evaluationInterval === null) return 1;
    const due = (n: number) => Math.floor(n / evaluationInterval);
    return Math.max(0, due(steps) - due(step - 1)) + (steps % evaluationInterval === 0 ? 0 : 1);
  }
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
