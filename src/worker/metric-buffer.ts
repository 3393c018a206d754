import { type MetricJson, metricToJson } from '../core/metric-value.js';

/** One logged value. `time` is in ms since the epoch. */
export interface LoggedPoint {
  metric: string;
  step: number;
  value: number;
  time: number;
}

/** What one progress report carries. Batches are numbered from 1; the server stores a number once, however often it arrives. */
export interface Batch {
  batch: number;
  points: { metric: string; step: number; value: MetricJson; time: number }[];
  log: string[];
}

export interface BatchLimits {
  points: number;
  lines: number;
}

const LIMITS: BatchLimits = { points: 2000, lines: 500 };

/**
 * Points and log lines on their way to the server. A batch stays the same, number and content, until the server has acknowledged it, so that
 * it can be sent again after a broken connection without being stored twice; what is logged meanwhile goes into the next one.
 */
export class MetricBuffer {
  private points: LoggedPoint[] = [];
  private lines: string[] = [];
  private pending: Batch | null = null;

  /** @param acknowledged number of the last batch that the server has */
  constructor(
    private readonly limits: BatchLimits = LIMITS,
    private acknowledged = 0,
  ) {}

  addPoints(points: readonly LoggedPoint[]): void {
    for (const point of points) this.points.push(point);
  }

  addLines(lines: readonly string[]): void {
    for (const line of lines) this.lines.push(line);
  }

  get isEmpty(): boolean {
    return this.pending === null && this.points.length === 0 && this.lines.length === 0;
  }

  /** The batch to send now; it may be empty, which is a sign of life. */
  next(): Batch {
    this.pending ??= {
      batch: this.acknowledged + 1,
      points: this.points.splice(0, this.limits.points).map(toJson),
      log: this.lines.splice(0, this.limits.lines),
    };
    return this.pending;
  }

  /** The server has stored the batch of this number. */
  acknowledge(batch: number): void {
    if (this.pending?.batch !== batch) return;
    this.acknowledged = batch;
    this.pending = null;
  }
}

function toJson({ metric, step, value, time }: LoggedPoint) {
  return { metric, step, value: metricToJson(value), time };
}
