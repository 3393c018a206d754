import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../../access/store.js';
import { MetricService } from '../../runs/metric.service.js';
import { columnsOf } from '../../runs/point-columns.js';
import type { Run } from '../../runs/run.entity.js';
import { type ChangedParam, RunParamService } from '../../runs/run-param.service.js';
import { LoggedModelService } from '../models/logged-model.service.js';
import { invalidParameter } from '../protocol/mlflow-error.js';
import type { LogBatch } from './log-batch.js';
import { MlflowRunService } from './mlflow-run.service.js';

/** What MLflow's clients log: all of a request or nothing; a request that is sent again changes nothing. */
@Injectable()
export class RunLoggingService {
  constructor(
    private readonly store: Store,
    private readonly runs: MlflowRunService,
    private readonly metrics: MetricService,
    private readonly params: RunParamService,
    private readonly models: LoggedModelService,
  ) {}

  async log(batch: LogBatch): Promise<void> {
    const { runId, points, modelPoints, params, tags } = batch;
    const isPointsOnly = params.length === 0 && tags.length === 0 && modelPoints.length === 0;
    if (!isPointsOnly) return this.store.write((tx) => this.logIn(tx, batch));
    try {
      if (points.length > 0) return await this.metrics.appendPoints(runId, columnsOf(points));
    } catch (error) {
      // the store has looked at the run, with many others at once: what MLflow says of it is found out only if need be
      checkOpen(await this.runs.active(runId));
      throw error;
    }
    checkOpen(await this.runs.active(runId));
  }

  private async logIn(
    tx: EntityManager,
    { runId, points, modelPoints, params, tags, isBatch }: LogBatch,
  ): Promise<void> {
    const run = await this.runs.active(runId, tx);
    if (params.length > 0 || points.length > 0) checkOpen(run);
    const changed = params.length === 0 ? [] : await this.params.add(tx, runId, params);
    if (changed.length > 0) throw paramsChanged(runId, changed, isBatch);
    await this.metrics.append(tx, runId, points);
    await this.models.recordMetrics(tx, runId, modelPoints);
    await this.runs.setTags(tx, run, tags);
  }
}

/** A worker alone reports of its runs: their config is complete from the start and their points end with the lease. */
function checkOpen({ id, origin }: Run): void {
  if (origin !== 'worker') return;
  throw invalidParameter(
    `The run ${id} belongs to a worker: its config is complete and its metrics are the worker's to report. Tags can be set.`,
  );
}

function paramsChanged(runId: string, changed: ChangedParam[], isBatch: boolean) {
  const [first] = changed as [ChangedParam];
  const shown = changed.map(
    ({ key, before, now }) => `{'key': '${key}', 'old_value': '${before}', 'new_value': '${now}'}`,
  );
  const message = !isBatch
    ? `Param with key='${first.key}' was already logged with value='${first.before}' for run ID='${runId}'. Attempted logging new value '${first.now}'.`
    : `Params were already logged='[${shown.join(', ')}]' for run ID='${runId}'.`;
  return invalidParameter(`Changing param values is not allowed. ${message}`);
}
