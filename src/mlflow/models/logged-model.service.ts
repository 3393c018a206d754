import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { groupBy } from '../../access/batch-loader.js';
import { Clock } from '../../access/clock.js';
import { insertRow, Store } from '../../access/store.js';
import { ExperimentService, type Tag } from '../experiments/experiment.service.js';
import { doesNotExist, invalidParameter } from '../protocol/mlflow-error.js';
import { checkName, checkTag, LIMITS } from '../protocol/names.js';
import type { ModelPoint } from '../runs/log-batch.js';
import { inventName } from '../runs/run-names.js';
import { LoggedModel, LoggedModelMetric } from './logged-model.entity.js';

export interface NewLoggedModel {
  experimentId: string;
  name: string;
  modelType: string | null;
  sourceRunId: string | null;
  params: Tag[];
  tags: Tag[];
}

const STATUSES = ['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED'];

/** Models that clients log: names, parameters and tags here, files among the artifacts under the model's ID. */
@Injectable()
export class LoggedModelService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly experiments: ExperimentService,
  ) {}

  async byId(
    id: string,
    manager: EntityManager = this.store.read,
    withDeleted = false,
  ): Promise<LoggedModel> {
    const model = await manager.findOneBy(LoggedModel, { id });
    if (model !== null && (withDeleted || model.deletedAt === null)) return model;
    throw doesNotExist(`Logged model with ID '${id.slice(0, 300)}' not found.`);
  }

  create({ experimentId, params, tags, ...rest }: NewLoggedModel): Promise<LoggedModel> {
    for (const { key, value } of [...params, ...tags]) checkTag(key, value, LIMITS.tagValue);
    if (rest.name !== '') checkModelName(rest.name);
    const now = this.clock.instant();
    return this.store.write(async (tx) => {
      const { id: projectId } = await this.experiments.active(tx, experimentId);
      return insertRow(tx, LoggedModel, {
        ...{ ...rest, name: rest.name || inventName(), projectId, status: STATUSES[0]!, deletedAt: null },
        ...{ id: `m-${randomUUID().replaceAll('-', '')}`, createdAt: now, updatedAt: now },
        ...{ params: mapOf(params), tags: mapOf(tags) },
      });
    });
  }

  finalize(id: string, status: string): Promise<LoggedModel> {
    const name = /^[1-3]$/.test(status) ? STATUSES[Number(status) - 1]! : status;
    if (!STATUSES.includes(name))
      throw invalidParameter(`Invalid value '${status}' for parameter 'status' supplied.`);
    return this.change(id, () => ({ status: name }));
  }

  addParams(id: string, params: Tag[]): Promise<LoggedModel> {
    for (const { key, value } of params) checkTag(key, value, LIMITS.paramValue);
    return this.change(id, (model) => ({ params: { ...model.params, ...mapOf(params) } }));
  }

  setTags(id: string, tags: Tag[]): Promise<LoggedModel> {
    for (const { key, value } of tags) checkTag(key, value, LIMITS.tagValue);
    return this.change(id, (model) => ({ tags: { ...model.tags, ...mapOf(tags) } }));
  }

  removeTag(id: string, key: string): Promise<LoggedModel> {
    return this.change(id, ({ tags }) => {
      if (!Object.hasOwn(tags, key))
        throw doesNotExist(`No tag with key '${key}' found for model with ID '${id}'.`);
      return { tags: Object.fromEntries(Object.entries(tags).filter(([name]) => name !== key)) };
    });
  }

  delete(id: string): Promise<LoggedModel> {
    return this.change(id, () => ({ deletedAt: this.clock.instant() }));
  }

  inProjects(projectIds: string[]): Promise<LoggedModel[]> {
    return this.store.read
      .createQueryBuilder(LoggedModel, 'model')
      .where('model.projectId IN (:...projectIds) AND model.deletedAt IS NULL', { projectIds })
      .orderBy('model.createdAt', 'DESC')
      .addOrderBy('model.id')
      .getMany();
  }

  async metricsOf(models: LoggedModel[]): Promise<Map<string, LoggedModelMetric[]>> {
    if (models.length === 0) return new Map();
    const rows = await this.store.read.findBy(LoggedModelMetric, { modelId: In(models.map(({ id }) => id)) });
    return groupBy(rows, ({ modelId }) => modelId);
  }

  /** Keeps the last value of each metric that was logged for a model. */
  async recordMetrics(tx: EntityManager, runId: string, points: readonly ModelPoint[]): Promise<void> {
    for (const { modelId, metric: name, step, time, value, datasetName, datasetDigest } of points) {
      const key = {
        modelId,
        name,
        runId,
        datasetName: datasetName ?? '',
        datasetDigest: datasetDigest ?? '',
      };
      const before = await tx.findOneBy(LoggedModelMetric, key);
      const isLater = before === null || step > before.step || (step === before.step && time >= before.time);
      if (isLater) await tx.upsert(LoggedModelMetric, { ...key, step, time, value }, Object.keys(key));
    }
  }

  private change(id: string, changes: (model: LoggedModel) => Partial<LoggedModel>): Promise<LoggedModel> {
    return this.store.write(async (tx) => {
      const model = await this.byId(id, tx);
      const row = { ...model, ...changes(model), updatedAt: this.clock.instant() };
      await tx.save(LoggedModel, row);
      return row;
    });
  }
}

export function mapOf(tags: readonly Tag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

export function tagsOf(map: Record<string, string>): Tag[] {
  return Object.entries(map).map(([key, value]) => ({ key, value }));
}

function checkModelName(name: string): void {
  if (/[/:.%"']/.test(name)) {
    throw invalidParameter(
      `Invalid model name (${JSON.stringify(name.slice(0, 300))}) provided. Model name must be a non-empty string and cannot contain the following characters: ('/', ':', '.', '%', '"', "'")`,
    );
  }
  checkName(name, 'name');
}
