import { metricToJson } from '../../core/metric-value.js';
import type { Run } from '../../runs/run.entity.js';
import type { Tag } from '../experiments/experiment.service.js';
import { experimentArtifacts, lifecycleStage } from '../experiments/experiment-view.js';
import type { RunModel } from '../models/logged-model.entity.js';
import { ownTags } from './own-tags.js';
import { statusOf } from './run-status.js';

/** What hangs on a run, as MLflow shows it beside the run's own fields. */
export interface RunDetails {
  params: Tag[];
  tags: Tag[];
  metrics: { name: string; last: number | null; lastStep: number; lastTime: number }[];
  inputs: object[];
  models: Pick<RunModel, 'modelId' | 'use' | 'step'>[];
}

export function runArtifacts({ id, projectId }: Pick<Run, 'id' | 'projectId'>): string {
  return `${experimentArtifacts(projectId)}/${id}/artifacts`;
}

export function runInfo(run: Run, tags: readonly Tag[] = []) {
  return {
    run_uuid: run.id,
    run_id: run.id,
    run_name: run.name,
    experiment_id: run.projectId,
    user_id: userOf(run, tags),
    status: statusOf(run.state),
    start_time: Date.parse(run.startedAt),
    ...(run.endedAt !== null && { end_time: Date.parse(run.endedAt) }),
    artifact_uri: runArtifacts(run),
    lifecycle_stage: lifecycleStage(run),
  };
}

export function runView(run: Run, { params, tags, metrics, inputs, models }: RunDetails) {
  return {
    info: runInfo(run, tags),
    data: {
      metrics: metrics.map(({ name, last, lastStep, lastTime }) => ({
        key: name,
        value: metricToJson(last ?? Number.NaN),
        // whole, as in pointViews
        timestamp: Math.trunc(lastTime),
        step: Math.trunc(lastStep),
        run_id: run.id,
      })),
      params: run.origin === 'mlflow' ? params : paramsOfConfig(run.config),
      tags: [...ownTags(run), ...tags],
    },
    inputs: {
      ...(inputs.length > 0 && { dataset_inputs: inputs }),
      ...modelUses(models, 'input'),
    },
    outputs: modelUses(models, 'output'),
  };
}

function modelUses(models: RunDetails['models'], use: RunModel['use']): object {
  const used = models.filter((model) => model.use === use);
  if (used.length === 0) return {};
  return { [`model_${use}s`]: used.map(({ modelId, step }) => ({ model_id: modelId, step })) };
}

function userOf({ provenance }: Run, tags: readonly Tag[]): string {
  const { user } = provenance as { user?: unknown };
  return typeof user === 'string' ? user : (tags.find(({ key }) => key === 'mlflow.user')?.value ?? '');
}

/** The values of a worker's config as MLflow's parameters: keys joined by dots, lists as JSON. */
export function paramsOfConfig(config: unknown): Tag[] {
  const params: Tag[] = [];
  collect(config, '', params);
  return params;
}

function collect(value: unknown, path: string, into: Tag[]): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isMap) {
    for (const [key, below] of Object.entries(value))
      collect(below, path === '' ? key : `${path}.${key}`, into);
  } else if (path !== '') {
    into.push({ key: path, value: typeof value === 'string' ? value : JSON.stringify(value) });
  }
}
