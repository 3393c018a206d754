import { invalidParameter } from '../protocol/mlflow-error.js';
import type { RequestFields } from '../protocol/request-fields.js';

/** @throws MlflowError unless max_results is from 1 to `limit` */
export function pageSize(fields: RequestFields, standard: number, limit: number): number {
  const size = fields.optionalInteger('max_results') ?? standard;
  if (size >= 1 && size <= limit) return size;
  const range = size < 1 ? 'at least 1' : `at most ${limit}`;
  throw invalidParameter(
    `Invalid value ${size} for parameter 'max_results' supplied: It must be ${range}, but got value ${size}.`,
  );
}
