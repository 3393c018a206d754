import { Injectable } from '@nestjs/common';
import { Store } from '../../access/store.js';
import { metricToJson } from '../../core/metric-value.js';
import { MetricService } from '../../runs/metric.service.js';
import { exactPoints } from '../../runs/metric-reader.js';
import { MlflowRunService } from './mlflow-run.service.js';

interface Point {
  step: number;
  value: number;
  time: number;
}

/** The points of one metric, as MLflow orders them. */
@Injectable()
export class MetricHistoryService {
  constructor(
    private readonly store: Store,
    private readonly runs: MlflowRunService,
    private readonly metrics: MetricService,
  ) {}

  /** Every point, by time, then step, then value. @throws MlflowError if there is no such run */
  async points(runId: string, name: string): Promise<Point[]> {
    const points = await this.byStep(runId, name);
    return points.sort((a, b) => a.time - b.time || a.step - b.step || compareValues(a.value, b.value));
  }

  /** At most `most` points by step, spread evenly over all there are; first and last among them if there are several. */
  async sampled(
    runId: string,
    name: string,
    most: number,
    range?: { from: number; to: number },
  ): Promise<Point[]> {
    const points = await this.byStep(runId, name, range);
    if (points.length <= most) return points;
    if (most === 1) return points.slice(-1);
    return Array.from(
      { length: most },
      (_, i) => points[Math.round((i * (points.length - 1)) / (most - 1))]!,
    );
  }

  private async byStep(runId: string, name: string, range?: { from: number; to: number }): Promise<Point[]> {
    await this.runs.byId(runId);
    await this.metrics.settle();
    const { steps, values, times } = await exactPoints(this.store.read, runId, name, range);
    return Array.from(steps, (step, i) => ({ step, value: values[i]!, time: times[i]! }));
  }
}

/** MLflow's clients refuse a whole answer for one time or step that is not whole; our own doors take fractions, and our own answers keep them. */
export function pointViews(key: string, points: readonly Point[], runId?: string): object[] {
  return points.map(({ step, value, time }) => ({
    ...{ key, value: metricToJson(value), timestamp: Math.trunc(time), step: Math.trunc(step) },
    ...(runId !== undefined && { run_id: runId }),
  }));
}

/** NaN comes last. */
function compareValues(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
