import type { PointInput } from '../../runs/progress.input.js';
import type { Param } from '../../runs/run-param.service.js';
import type { Tag } from '../experiments/experiment.service.js';
import { invalidParameter } from '../protocol/mlflow-error.js';
import { checkLength, checkName, checkTag, LIMITS, listed } from '../protocol/names.js';
import {
  integerFromJson,
  isObject,
  type JsonObject,
  numberFromJson,
  RequestFields,
  wrongType,
} from '../protocol/request-fields.js';

/** A point that also counts for a model, and perhaps for a dataset that it was measured on. */
export interface ModelPoint extends PointInput {
  modelId: string;
  datasetName: string | null;
  datasetDigest: string | null;
}

/** What one request logs of a run. */
export interface LogBatch {
  runId: string;
  points: PointInput[];
  modelPoints: ModelPoint[];
  params: Param[];
  tags: Tag[];
  /** as one of several: an error speaks of all of them */
  isBatch: boolean;
}

const MAX_METRICS = 1000;
const MAX_OTHERS = 100;
const MAX_ENTRIES = 1000;

/** The body of runs/log-batch, wholly checked. @throws MlflowError that names the first thing that is wrong */
export function readLogBatch(body: unknown): LogBatch {
  const fields = new RequestFields(body);
  const runId = fields.runId();
  const metrics = fields.list('metrics');
  const [params, tags] = [fields.list('params'), fields.list('tags')];
  checkCounts(metrics.length, params.length, tags.length);
  const batch: LogBatch = { runId, points: [], modelPoints: [], params: [], tags: [], isBatch: true };
  const known = new Set<string>();
  for (const [i, metric] of metrics.entries()) readMetric(metric, `metrics[${i}]`, known, batch);
  batch.params = fields.parts('params').map((param, i) => readParam(param, `params[${i}]`));
  batch.tags = fields.parts('tags').map((tag, i) => readTag(tag, `tags[${i}]`));
  refuseDuplicates(batch.params);
  return batch;
}

/** runs/log-metric: a batch of one point. */
export function readLogMetric(body: unknown): LogBatch {
  const fields = new RequestFields(body);
  const batch = batchOf(fields.runId(), {});
  readMetric(body, '', new Set(), batch);
  return batch;
}

/** runs/log-parameter: a batch of one parameter. */
export function readLogParam(body: unknown): LogBatch {
  const fields = new RequestFields(body);
  return batchOf(fields.runId(), { params: [readParam(fields, '')] });
}

/** runs/set-tag: a batch of one tag. */
export function readSetTag(body: unknown): LogBatch {
  const fields = new RequestFields(body);
  return batchOf(fields.runId(), { tags: [readTag(fields)] });
}

function batchOf(runId: string, parts: Partial<LogBatch>): LogBatch {
  return { runId, points: [], modelPoints: [], params: [], tags: [], isBatch: false, ...parts };
}

function readParam(fields: RequestFields, path: string): Param {
  const key = fields.text('key');
  checkName(key, join(path, 'key'));
  checkLength('Param key', LIMITS.key, key);
  return { key, value: fields.textOrEmpty('value').slice(0, LIMITS.paramValue) };
}

/** Longer values of tags and parameters are cut, as MLflow's server cuts them. */
export function readTag(fields: RequestFields, path = ''): Tag {
  const tag = { key: fields.text('key'), value: fields.textOrEmpty('value').slice(0, LIMITS.tagValue) };
  checkTag(tag.key, tag.value, LIMITS.tagValue, path);
  return tag;
}

/** Written without RequestFields: a thousand of them come at once. `known` are names that were found good. */
function readMetric(metric: unknown, path: string, known: Set<string>, batch: LogBatch): void {
  if (!isObject(metric)) throw wrongType(path, metric);
  const { key, model_id: modelId } = metric;
  if (typeof key !== 'string' || !known.has(key)) known.add(checkKey(key, path));
  const step = metric.step ?? 0;
  const point = {
    metric: key as string,
    step: readInteger(step, join(path, 'step')),
    value: readValue(metric, path),
    time: readTime(metric, path),
  };
  batch.points.push(point);
  if (typeof modelId === 'string' && modelId !== '') {
    const [name, digest] = [metric.dataset_name, metric.dataset_digest];
    batch.modelPoints.push({ ...point, modelId, datasetName: textOr(name), datasetDigest: textOr(digest) });
  }
}

function checkKey(key: unknown, path: string): string {
  if (key === undefined || key === null || key === '') throw missing(join(path, 'key'));
  if (typeof key !== 'string') throw wrongType(join(path, 'key'), key);
  checkName(key, join(path, 'name'));
  checkLength('Metric name', LIMITS.key, key);
  return key;
}

function readValue({ value }: JsonObject, path: string): number {
  if (value === undefined || value === null) throw missing(join(path, 'value'));
  const number = numberFromJson(value);
  if (number === undefined) throw wrongType(join(path, 'value'), value);
  return number;
}

function readTime({ timestamp }: JsonObject, path: string): number {
  if (timestamp === undefined || timestamp === null) throw missing(join(path, 'timestamp'));
  const time = readInteger(timestamp, join(path, 'timestamp'));
  if (time >= 0) return time;
  const shown = `Invalid value ${time} for parameter '${join(path, 'timestamp')}' supplied: `;
  throw invalidParameter(`${shown}Timestamp must be a nonnegative long (64-bit integer)`);
}

function readInteger(value: unknown, path: string): number {
  const number = integerFromJson(value);
  if (number === undefined) throw wrongType(path, value);
  return number;
}

function checkCounts(metrics: number, params: number, tags: number): void {
  const limits: [string, number, number][] = [
    ['metrics', MAX_METRICS, metrics],
    ['params', MAX_OTHERS, params],
    ['tags', MAX_OTHERS, tags],
    ['metrics, params, and tags', MAX_ENTRIES, metrics + params + tags],
  ];
  for (const [what, limit, count] of limits) {
    if (count <= limit) continue;
    throw invalidParameter(
      `A batch logging request can contain at most ${limit} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    );
  }
}

function refuseDuplicates(params: Param[]): void {
  const keys = params.map(({ key }) => key);
  const twice = keys.filter((key, i) => keys.indexOf(key) !== i);
  if (twice.length === 0) return;
  throw invalidParameter(
    `Duplicate parameter keys have been submitted: ${listed(twice)}. Please ensure the request contains only one param value per param key.`,
  );
}

function missing(path: string) {
  return invalidParameter(
    `Missing value for required parameter '${path}'. See the API docs for more information about request parameters.`,
  );
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function textOr(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
