import express, { type Request, type Response } from 'express';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import { unpackBatch } from './point-batch.js';
import { checkPointCount } from './point-check.js';
import type { NamedPoints } from './point-columns.js';

/** Content type of a block of points in bytes, as point-batch.ts lays it out. */
const BLOCK_TYPE = 'application/vnd.ranksweep.points';
const LIMIT_MEGABYTES = 32;

/** of the inflated body: a bomb of zeros ends here */
const readBytes = express.raw({ type: () => true, limit: LIMIT_MEGABYTES * 2 ** 20 });

/**
 * The points of a request: a block, or JSON in columns. Nothing of a body that ends too early is used.
 * @throws RanksweepError INVALID_INPUT, TOO_LARGE
 */
export async function readPointsBody(request: Request, response: Response): Promise<NamedPoints[]> {
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
function fromJson(body: unknown): NamedPoints[] {
  const { series } = asMap(body, 'body');
  if (!Array.isArray(series)) throw invalid('series', `found ${show(series)}, expected a list`);
  checkPointCount(series.reduce((sum: number, one) => sum + (Number(one?.steps?.length) || 0), 0));
  return series.map((one, i) => columnsFrom(one, `series[${i}]`));
}

function columnsFrom(json: unknown, field: string): NamedPoints {
  const { metric, steps, values, times } = asMap(json, field);
  if (typeof metric !== 'string') throw invalid(`${field}.metric`, `found ${show(metric)}, expected a name`);
  const all = listOf(steps, `${field}.steps`);
  return {
    name: metric,
    steps: floats(all, all.length, `${field}.steps`, asNumber),
    values: floats(listOf(values, `${field}.values`), all.length, `${field}.values`, metricFromJson),
    times: timesFrom(times, all.length, `${field}.times`),
  };
}

/** Times are the sender's to say: with the moment of arrival, a repeated delivery would be new points. */
function timesFrom(json: unknown, length: number, field: string): Float64Array {
  if (typeof json === 'number') return new Float64Array(length).fill(json);
  return floats(listOf(json, field, 'or a number for all'), length, field, asNumber);
}

function floats(
  list: unknown[],
  length: number,
  field: string,
  read: (json: unknown) => number | undefined,
): Float64Array {
  if (list.length !== length) throw invalid(field, `found ${list.length} numbers, there are ${length} steps`);
  const numbers = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const number = read(list[i]);
    if (number === undefined) throw invalid(`${field}[${i}]`, `found ${show(list[i])}, ${allowedFor(read)}`);
    numbers[i] = number;
  }
  return numbers;
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

function listOf(json: unknown, field: string, other = ''): unknown[] {
  if (Array.isArray(json)) return json;
  throw invalid(field, `found ${show(json)}, expected a list of numbers${other && ` ${other}`}`);
}

function show(json: unknown): string {
  return json === undefined ? 'nothing' : JSON.stringify(json).slice(0, 100);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
