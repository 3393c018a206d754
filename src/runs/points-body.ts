import express, { type Request, type Response } from 'express';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import { unpackBatch } from './point-batch.js';
import { checkPointCount } from './point-check.js';
import { emptyColumns, type PointBatch, type PointColumns, sliceColumns } from './point-columns.js';

/** Content type of a block of points in bytes, as point-batch.ts lays it out. */
export const BLOCK_TYPE = 'application/vnd.ranksweep.points';
const LIMIT_MEGABYTES = 32;

/** of the inflated body: a bomb of zeros ends here */
const readBytes = express.raw({ type: () => true, limit: LIMIT_MEGABYTES * 2 ** 20 });

/**
 * The points of a request: a block, or JSON in columns. Nothing of a body that ends too early is used.
 * @throws RanksweepError INVALID_INPUT, TOO_LARGE
 */
export async function readPointsBody(request: Request, response: Response): Promise<PointBatch> {
  const bytes = await readBody(request, response);
  return request.is(BLOCK_TYPE) ? unpackBatch(bytes) : fromJson(parseJson(bytes));
}

function readBody(request: Request, response: Response): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    readBytes(request, response, (error?: unknown) => {
      if (error === undefined) resolve(Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
      else reject(bodyError((error as { type?: string }).type ?? 'unreadable'));
    });
  });
}

function bodyError(type: string): RanksweepError {
  if (type !== 'entity.too.large') return invalid('body', `it cannot be read: ${type.replaceAll('.', ' ')}`);
  const message = `the request is larger than ${LIMIT_MEGABYTES} MB: send the points in smaller batches`;
  return new RanksweepError('TOO_LARGE', message, [{ field: 'body', message }]);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch (error) {
    throw invalid('body', `it is no JSON: ${(error as Error).message}`);
  }
}

/** {"series": [{"metric", "steps": […], "values": […], "times": […] or one number for all}]} */
function fromJson(body: unknown): PointBatch {
  const { series } = asMap(body, 'body');
  if (!Array.isArray(series)) throw invalid('series', `found ${show(series)}, expected a list`);
  const parts = series.map((one, i) => asMap(one, `series[${i}]`));
  const counts = Uint32Array.from(parts, ({ steps }, i) => listOf(steps, `series[${i}].steps`).length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  checkPointCount(total);
  const columns = emptyColumns(total);
  let at = 0;
  const names = parts.map((part, i) => {
    at += counts[i]!;
    return readSeries(part, `series[${i}]`, sliceColumns(columns, at - counts[i]!, at));
  });
  return { names, counts, ...columns };
}

/** Fills the columns. @returns the metric's name */
function readSeries({ metric, ...json }: Record<string, unknown>, field: string, into: PointColumns): string {
  if (typeof metric !== 'string') throw invalid(`${field}.metric`, `found ${show(metric)}, expected a name`);
  readFloats(json.steps, `${field}.steps`, asNumber, into.steps);
  readFloats(json.values, `${field}.values`, metricFromJson, into.values);
  // with the moment of arrival instead, a repeated delivery would be new points
  if (typeof json.times === 'number') into.times.fill(json.times);
  else readFloats(json.times, `${field}.times`, asNumber, into.times);
  return metric;
}

function readFloats(
  json: unknown,
  field: string,
  read: (json: unknown) => number | undefined,
  into: Float64Array,
): void {
  const list = listOf(json, field);
  if (list.length !== into.length)
    throw invalid(field, `found ${list.length} numbers, there are ${into.length} steps`);
  for (let i = 0; i < list.length; i++) {
    const number = read(list[i]);
    if (number === undefined) throw invalid(`${field}[${i}]`, `found ${show(list[i])}, ${allowedFor(read)}`);
    into[i] = number;
  }
}

function asNumber(json: unknown): number | undefined {
  return typeof json === 'number' ? json : undefined;
}

function allowedFor(read: unknown): string {
  return read === asNumber ? 'expected a number' : 'expected a number, "NaN", "Infinity" or "-Infinity"';
}

function asMap(json: unknown, field: string): Record<string, unknown> {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as never;
  throw invalid(field, `found ${show(json)}, expected a map`);
}

function listOf(json: unknown, field: string): unknown[] {
  if (Array.isArray(json)) return json;
  throw invalid(field, `found ${show(json)}, expected a list of numbers`);
}

function show(json: unknown): string {
  return json === undefined ? 'nothing' : JSON.stringify(json).slice(0, 100);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
