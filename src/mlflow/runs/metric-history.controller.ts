import { Controller, Get, Query, UseFilters } from '@nestjs/common';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { invalidParameter } from '../protocol/mlflow-error.js';
import { decodeOffset, encodeOffset } from '../protocol/page-token.js';
import { RequestFields } from '../protocol/request-fields.js';
import { under } from '../protocol/routes.js';
import { MetricHistoryService, pointViews } from './metric-history.service.js';

const MAX_HISTORY = 25_000;
const MAX_RUNS = 100;
const MAX_SAMPLED = 2500;

@Controller(under('metrics'))
@UseFilters(MlflowErrorFilter)
export class MetricHistoryController {
  constructor(private readonly history: MetricHistoryService) {}

  /** All of it in one answer, unless max_results asks for pages. */
  @Get('get-history')
  async getHistory(@Query() query: unknown) {
    const fields = new RequestFields(query);
    const [runId, key] = [fields.runId(), fields.text('metric_key')];
    const size = fields.optionalInteger('max_results');
    if (size !== undefined && size <= 0) {
      throw invalidParameter(
        `Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer.`,
      );
    }
    const offset = decodeOffset(fields.optionalText('page_token'));
    const points = await this.history.points(runId, key);
    const end = size === undefined ? points.length : offset + size;
    const metrics = pointViews(key, points.slice(offset, end));
    return {
      ...(metrics.length > 0 && { metrics }),
      ...(points.length > end && { next_page_token: encodeOffset(end) }),
    };
  }

  @Get('get-history-bulk')
  async bulk(@Query() query: Record<string, unknown>) {
    const fields = new RequestFields({ ...query, run_id: listOf(query.run_id) });
    const runIds = runIdsOf(fields, 'run_id', 'GetMetricHistoryBulk').sort();
    const key = fields.text('metric_key');
    const most = Math.min(fields.optionalInteger('max_results') ?? MAX_HISTORY, MAX_HISTORY);
    const metrics: object[] = [];
    for (const runId of runIds) {
      if (metrics.length >= most) break;
      metrics.push(
        ...pointViews(key, await this.history.points(runId, key), runId).slice(0, most - metrics.length),
      );
    }
    return { metrics };
  }

  /** Evenly picked points of each run, first and last included. */
  @Get('get-history-bulk-interval')
  async interval(@Query() query: Record<string, unknown>) {
    const fields = new RequestFields({ ...query, run_ids: listOf(query.run_ids) });
    const runIds = runIdsOf(fields, 'run_ids', 'GetMetricHistoryBulkInterval');
    const key = fields.text('metric_key');
    const most = fields.optionalInteger('max_results') ?? MAX_SAMPLED;
    if (most < 1 || most > MAX_SAMPLED)
      throw invalidParameter(`max_results must be between 1 and ${MAX_SAMPLED}.`);
    const range = stepRange(fields.optionalInteger('start_step'), fields.optionalInteger('end_step'));
    const metrics: object[] = [];
    for (const runId of runIds) {
      metrics.push(...pointViews(key, await this.history.sampled(runId, key, most, range), runId));
    }
    return { ...(metrics.length > 0 && { metrics }) };
  }
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : [value].flat();
}

function runIdsOf(fields: RequestFields, name: string, request: string): string[] {
  const ids = fields.texts(name);
  if (ids.length === 0) throw invalidParameter(`${request} request must specify at least one run_id.`);
  if (ids.length <= MAX_RUNS) return ids;
  throw invalidParameter(
    `${request} request must specify at most ${MAX_RUNS} run_ids. Received ${ids.length} run_ids.`,
  );
}

function stepRange(from: number | undefined, to: number | undefined) {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined || to === undefined) {
    throw invalidParameter('If either start step or end step are specified, both must be specified.');
  }
  if (from <= to) return { from, to };
  throw invalidParameter(
    `end_step must be greater than start_step. Found start_step=${from} and end_step=${to}.`,
  );
}
