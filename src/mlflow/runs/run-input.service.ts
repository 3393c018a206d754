import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { groupBy } from '../../access/batch-loader.js';
import { Store } from '../../access/store.js';
import { hashJson } from '../../core/hash.js';
import { DatasetService } from '../../datasets/dataset.service.js';
import type { Tag } from '../experiments/experiment.service.js';
import { RunModel } from '../models/logged-model.entity.js';
import { checkLength, LIMITS } from '../protocol/names.js';
import type { RequestFields } from '../protocol/request-fields.js';
import { MlflowRunService } from './mlflow-run.service.js';
import { RunInput } from './run-input.entity.js';

export interface ModelUse {
  modelId: string;
  step: number;
}

const CONTEXT = 'mlflow.data.context';

/** What runs read and made: datasets as their clients describe them, and logged models. */
@Injectable()
export class RunInputService {
  constructor(
    private readonly store: Store,
    private readonly runs: MlflowRunService,
    private readonly datasets: DatasetService,
  ) {}

  /** The same dataset delivered twice is one input. */
  async logInputs(runId: string, inputs: Omit<RunInput, 'runId'>[], models: ModelUse[]): Promise<void> {
    await this.store.write(async (tx) => {
      await this.runs.active(runId, tx);
      for (const input of inputs) await this.recordDataset(tx, { ...input, runId });
      await this.recordModels(tx, runId, 'input', models);
    });
  }

  async logOutputs(runId: string, models: ModelUse[]): Promise<void> {
    await this.store.write(async (tx) => {
      await this.runs.active(runId, tx);
      await this.recordModels(tx, runId, 'output', models);
    });
  }

  async inputsOf(runIds: string[]): Promise<Map<string, RunInput[]>> {
    const rows = await this.store.read.findBy(RunInput, { runId: In(runIds) });
    return groupBy(rows, ({ runId }) => runId);
  }

  async modelsOf(runIds: string[]): Promise<Map<string, RunModel[]>> {
    const rows = await this.store.read.findBy(RunModel, { runId: In(runIds) });
    return groupBy(rows, ({ runId }) => runId);
  }

  /** Also as any run's datasets are recorded, so that the page shows them and filters by their hash find the run. */
  private async recordDataset(tx: EntityManager, input: RunInput): Promise<void> {
    const { runId, datasetHash, name, digest, context, source, profile } = input;
    await tx.createQueryBuilder().insert().into(RunInput).values(input).orIgnore().execute();
    const use = context === null ? name : `${context} (${name})`;
    const path = pathOf(source) ?? name;
    const size = { examples: rowsOf(profile), bytes: 0 };
    const dataset = { use, path, name, contentHash: digest, canonicalHash: datasetHash, ...size };
    await this.datasets.record(tx, runId, [dataset]);
  }

  private async recordModels(tx: EntityManager, runId: string, use: RunModel['use'], models: ModelUse[]) {
    for (const { modelId, step } of models) {
      await tx.upsert(RunModel, { runId, modelId, use, step }, ['runId', 'modelId', 'use']);
    }
  }
}

/** One entry of runs/log-inputs. @throws MlflowError */
export function readInput(fields: RequestFields): Omit<RunInput, 'runId'> {
  const dataset = fields.part('dataset');
  const [name, digest] = [dataset.text('name'), dataset.text('digest')];
  const [sourceType, source] = [dataset.text('source_type'), dataset.text('source')];
  const [schema, profile] = [dataset.textOrEmpty('schema') || null, dataset.textOrEmpty('profile') || null];
  checkLength('name', LIMITS.datasetName, name);
  checkLength('digest', LIMITS.datasetDigest, digest);
  checkLength('source', LIMITS.datasetSource, source);
  checkLength('schema', LIMITS.datasetSchema, schema ?? '');
  checkLength('profile', LIMITS.datasetProfile, profile ?? '');
  const tags = fields.parts('tags').map(readInputTag);
  const context = tags.find(({ key }) => key === CONTEXT)?.value ?? null;
  const datasetHash = hashJson({ name, digest, sourceType, source });
  return { datasetHash, name, digest, context, sourceType, source, schema, profile, tags };
}

function readInputTag(fields: RequestFields): Tag {
  const tag = { key: fields.text('key'), value: fields.textOrEmpty('value') };
  checkLength('key', LIMITS.inputTagKey, tag.key);
  checkLength('value', LIMITS.inputTagValue, tag.value);
  return tag;
}

export function inputView({ name, digest, sourceType, source, schema, profile, tags }: RunInput) {
  const optional = { ...(schema !== null && { schema }), ...(profile !== null && { profile }) };
  return { tags, dataset: { name, digest, source_type: sourceType, source, ...optional } };
}

/** Rows of the data, as profiles of MLflow's own dataset kinds say; 0: unknown. */
function rowsOf(profile: string | null): number {
  const rows = field(profile, 'num_rows') ?? field(profile, 'num_examples') ?? 0;
  return Number.isSafeInteger(rows) && (rows as number) < 2 ** 31 ? (rows as number) : 0;
}

function pathOf(source: string): string | undefined {
  const path = field(source, 'uri') ?? field(source, 'url') ?? field(source, 'path');
  return typeof path === 'string' ? path : undefined;
}

function field(json: string | null, name: string): unknown {
  try {
    return JSON.parse(json ?? 'null')?.[name];
  } catch {
    return undefined;
  }
}
