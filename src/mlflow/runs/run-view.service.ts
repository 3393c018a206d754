import { Injectable } from '@nestjs/common';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { groupBy } from '../../access/batch-loader.js';
import { Store } from '../../access/store.js';
import { MetricService } from '../../runs/metric.service.js';
import { MetricSeries } from '../../runs/metric-series.entity.js';
import type { Run } from '../../runs/run.entity.js';
import { RunParam } from '../../runs/run-param.entity.js';
import { RunTag } from '../../runs/run-tag.entity.js';
import { inputView, RunInputService } from './run-input.service.js';
import { type RunDetails, runView } from './run-view.js';

/** runs per query: far below what a database binds */
const RUNS_AT_ONCE = 1000;

type RunView = ReturnType<typeof runView>;

/** Runs with all that MLflow shows of them, many at a time. */
@Injectable()
export class RunViewService {
  constructor(
    private readonly store: Store,
    private readonly metrics: MetricService,
    private readonly inputs: RunInputService,
  ) {}

  async one(run: Run): Promise<RunView> {
    return (await this.all([run]))[0]!;
  }

  async all(runs: Run[]): Promise<RunView[]> {
    await this.metrics.settle();
    const views: RunView[] = [];
    for (let at = 0; at < runs.length; at += RUNS_AT_ONCE) {
      const part = runs.slice(at, at + RUNS_AT_ONCE);
      const details = await this.details(part.map(({ id }) => id));
      for (const run of part) views.push(runView(run, details(run.id)));
    }
    return views;
  }

  private async details(ids: string[]): Promise<(id: string) => RunDetails> {
    const params = await this.rows<Owned<RunParam>>(RunParam, ids, ['key', 'value']);
    const tags = await this.rows<Owned<RunTag>>(RunTag, ids, ['key', 'value']);
    const columns = ['name', 'last', 'lastStep', 'lastTime'];
    const metrics = await this.rows<Owned<RunDetails['metrics'][0]>>(MetricSeries, ids, columns);
    const [inputs, models] = [await this.inputs.inputsOf(ids), await this.inputs.modelsOf(ids)];
    return (id) => ({
      params: (params.get(id) ?? []).map(withoutRun),
      tags: (tags.get(id) ?? []).map(withoutRun),
      metrics: metrics.get(id) ?? [],
      inputs: (inputs.get(id) ?? []).map(inputView),
      models: models.get(id) ?? [],
    });
  }

  /** Rows as they come from the database: making entities of them would cost more than all the rest. */
  private async rows<Row extends { runId: string }>(
    entity: EntityTarget<ObjectLiteral>,
    ids: string[],
    columns: string[],
  ): Promise<Map<string, Row[]>> {
    const query = this.store.read.createQueryBuilder(entity, 'row').select('row.runId', 'runId');
    for (const column of columns) query.addSelect(`row.${column}`, column);
    query.where('row.runId IN (:...ids)', { ids }).orderBy('row.runId').addOrderBy(`row.${columns[0]}`);
    return groupBy(await query.getRawMany<Row>(), ({ runId }) => runId);
  }
}

type Owned<Row> = Row & { runId: string };

function withoutRun({ key, value }: { key: string; value: string }) {
  return { key, value };
}
