import { invalidParameter } from '../protocol/mlflow-error.js';
import type { RequestFields } from '../protocol/request-fields.js';
import { matching } from '../search/matching.js';
import { type Condition, type Order, readFilter, readOrder, type Vocabulary } from '../search/vocabulary.js';
import type { LoggedModel, LoggedModelMetric } from './logged-model.entity.js';
import { modelArtifacts } from './logged-model-view.js';

const TIMES = ['creation_timestamp_ms', 'last_updated_timestamp_ms'];
const VOCABULARY: Vocabulary = {
  kinds: ['attribute', 'metric', 'parameter', 'tag'],
  numericAttributes: TIMES,
  textAttributes: [
    'name',
    'model_id',
    'model_type',
    'status',
    'source_run_id',
    'experiment_id',
    'artifact_location',
  ],
  listAttributes: ['name', 'model_id', 'model_type', 'status', 'source_run_id'],
  nullable: ['parameter', 'tag'],
  aliases: {
    ...{ creation_time: TIMES[0]!, creation_timestamp: TIMES[0]!, last_updated_timestamp: TIMES[1]! },
    ...{ last_updated_time: TIMES[1]!, model_name: 'name', artifact_uri: 'artifact_location' },
  },
};

export interface Dataset {
  name: string;
  digest: string;
}
export type ModelWithMetrics = LoggedModel & { metrics: LoggedModelMetric[] };

/** The models that a filter lets through, newest first unless ordered otherwise. Metrics may be asked of certain datasets. */
export function searchLoggedModels(models: ModelWithMetrics[], fields: RequestFields): ModelWithMetrics[] {
  const datasets = fields.parts('datasets').map(datasetOf);
  if (datasets.some(({ name }) => name === '')) {
    throw invalidParameter('`dataset_name` in the `datasets` clause must be specified.');
  }
  const conditions = readFilter(fields.optionalText('filter'), VOCABULARY);
  const measured = datasets.length === 0 ? models : models.filter((model) => isMeasuredOn(model, datasets));
  const filtered = matching(measured, conditions, [], (model, name) => valueOn(model, name, datasets));
  return fields.parts('order_by').reduceRight((ordered, part) => orderedBy(ordered, part), filtered);
}

function orderedBy(models: ModelWithMetrics[], part: RequestFields): ModelWithMetrics[] {
  const direction = part.has('ascending') && !part.optionalFlag('ascending') ? 'DESC' : 'ASC';
  const field = part.text('field_name');
  const orders: Order[] = readOrder([`${field} ${direction}`], VOCABULARY);
  const dataset = datasetOf(part);
  return matching(models, [], orders, (model, name) =>
    valueOn(model, name, dataset.name === '' ? [] : [dataset]),
  );
}

function datasetOf(fields: RequestFields): Dataset {
  return { name: fields.textOrEmpty('dataset_name'), digest: fields.textOrEmpty('dataset_digest') };
}

function isMeasuredOn(model: ModelWithMetrics, datasets: Dataset[]): boolean {
  return model.metrics.some((metric) => isOn(metric, datasets));
}

function isOn({ datasetName, datasetDigest }: LoggedModelMetric, datasets: Dataset[]): boolean {
  return datasets.some(
    ({ name, digest }) => name === datasetName && (digest === '' || digest === datasetDigest),
  );
}

/** NaN is no value: it is neither below nor above anything. */
function valueOn(
  model: ModelWithMetrics,
  { kind, key }: Pick<Condition, 'kind' | 'key'>,
  datasets: Dataset[],
) {
  if (kind === 'parameter') return model.params[key];
  if (kind === 'tag') return model.tags[key];
  if (kind === 'attribute') return attributeOf(model, key);
  const named = model.metrics.filter(({ name, value }) => name === key && !Number.isNaN(value));
  return (datasets.length === 0 ? named : named.filter((metric) => isOn(metric, datasets))).at(-1)?.value;
}

function attributeOf(model: ModelWithMetrics, key: string): string | number | undefined {
  if (key === TIMES[0]) return Date.parse(model.createdAt);
  if (key === TIMES[1]) return Date.parse(model.updatedAt);
  if (key === 'status') return model.status.replace('LOGGED_MODEL_', '');
  if (key === 'artifact_location') return modelArtifacts(model);
  const { name, id, modelType, sourceRunId, projectId } = model;
  const values = {
    name,
    model_id: id,
    model_type: modelType,
    source_run_id: sourceRunId,
    experiment_id: projectId,
  };
  return values[key as keyof typeof values] ?? undefined;
}
