import { metricToJson } from '../../core/metric-value.js';
import { experimentArtifacts } from '../experiments/experiment-view.js';
import type { LoggedModel, LoggedModelMetric } from './logged-model.entity.js';
import { tagsOf } from './logged-model.service.js';

export function modelArtifacts({ id, projectId }: Pick<LoggedModel, 'id' | 'projectId'>): string {
  return `${experimentArtifacts(projectId)}/models/${id}/artifacts`;
}

export function loggedModelView(model: LoggedModel, metrics: readonly LoggedModelMetric[]) {
  return {
    info: {
      model_id: model.id,
      experiment_id: model.projectId,
      name: model.name,
      creation_timestamp_ms: Date.parse(model.createdAt),
      last_updated_timestamp_ms: Date.parse(model.updatedAt),
      artifact_uri: modelArtifacts(model),
      status: model.status,
      ...(model.modelType !== null && { model_type: model.modelType }),
      ...(model.sourceRunId !== null && { source_run_id: model.sourceRunId }),
      tags: tagsOf(model.tags),
    },
    data: { params: tagsOf(model.params), metrics: metrics.map(metricView) },
  };
}

function metricView({
  name,
  value,
  time,
  step,
  modelId,
  runId,
  datasetName,
  datasetDigest,
}: LoggedModelMetric) {
  return {
    ...{ key: name, value: metricToJson(value), timestamp: time, step, model_id: modelId, run_id: runId },
    ...(datasetName !== '' && { dataset_name: datasetName, dataset_digest: datasetDigest }),
  };
}
