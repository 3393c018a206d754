import { studentTQuantile } from './student-t.js';

/** What many values of one kind come to. All but the counts are of the finite values. */
export interface ValueSummary {
  /** finite values: what the mean is the mean of */
  n: number;
  /** NaN and infinities */
  notFinite: number;
  /** members without the value */
  absent: number;
  /** null without a finite value */
  mean: number | null;
  /** of the sample (n − 1); null below two values */
  deviation: number | null;
  /** ends of the confidence interval of the mean (Student's t); null below two values */
  low: number | null;
  high: number | null;
  min: number | null;
  max: number | null;
}

/** Gathers values one by one (Welford), so that nothing is kept and no digits are lost. */
export class ValueSummarizer {
  private n = 0;
  private notFinite = 0;
  private absent = 0;
  private mean = 0;
  private squares = 0;
  private min = Infinity;
  private max = -Infinity;

  /** @param value undefined: the member has none */
  add(value: number | undefined): void {
    if (value === undefined) this.absent++;
    else if (!Number.isFinite(value)) this.notFinite++;
    else this.addFinite(value);
  }

  private addFinite(value: number): void {
    this.n++;
    const distance = value - this.mean;
    this.mean += distance / this.n;
    this.squares += distance * (value - this.mean);
    this.min = Math.min(this.min, value);
    this.max = Math.max(this.max, value);
  }

  /** @param confidence of the interval, e.g. 0.95 */
  summary(confidence: number): ValueSummary {
    const { n, notFinite, absent, min, max } = this;
    const counts = { n, notFinite, absent };
    const none = { mean: null, deviation: null, low: null, high: null, min: null, max: null };
    if (n === 0) return { ...counts, ...none };
    const { mean } = this;
    if (n === 1) return { ...counts, ...none, mean, min, max };
    const deviation = Math.sqrt(this.squares / (n - 1));
    const half = (studentTQuantile((1 + confidence) / 2, n - 1) * deviation) / Math.sqrt(n);
    return { ...counts, mean, deviation, low: mean - half, high: mean + half, min, max };
  }
}
