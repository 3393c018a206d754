import { Injectable } from '@nestjs/common';
import { Store } from '../access/store.js';
import { MetricService } from './metric.service.js';
import type { SeriesAnswer } from './metric-reader.js';
import { MetricSeries } from './metric-series.entity.js';
import type { StepRange } from './metric-tables.js';
import type { RunFilter } from './run-query.input.js';
import { RunQueryService } from './run-query.service.js';
import type { TableBatch, TableColumn, TableStream } from './table-batch.js';

export interface SeriesQuestion {
  filter: RunFilter;
  /** none: all */
  names?: string[];
  range?: StepRange;
  /** of each series; undefined: every point */
  maxPoints?: number;
}

/** A batch goes out when it has so many rows; a longer series is a batch of its own. */
const ROWS_PER_BATCH = 50_000;
const RUNS_PER_QUERY = 500;
const NUMBERS = ['step', 'value', 'time'];
const BUCKETS = ['fromStep', 'minimum', 'maximum', 'count'];

interface Part {
  run: number;
  metric: number;
  rows: number;
  numbers: ArrayLike<number>[];
  isExact: boolean;
}

/** The points of many series in one long table: a row for each point, or bucket. Runs in the order of their IDs, series by name. */
@Injectable()
export class SeriesTableService {
  constructor(
    private readonly store: Store,
    private readonly queries: RunQueryService,
    private readonly metrics: MetricService,
  ) {}

  async table(question: SeriesQuestion): Promise<TableStream> {
    const runs = await this.queries.ids(question.filter);
    const series = await this.seriesOf(runs, question.names);
    const metrics = [...new Set(series.map(({ name }) => name))].sort();
    const isBucketed = question.maxPoints !== undefined;
    const numbers = [...NUMBERS, ...(isBucketed ? BUCKETS : [])].map((name) => ({
      name,
      type: 'number' as const,
    }));
    const columns: TableColumn[] = [
      { name: 'run', type: 'word', words: runs },
      { name: 'metric', type: 'word', words: metrics },
      ...numbers,
      ...(isBucketed ? [{ name: 'exact', type: 'boolean' as const }] : []),
    ];
    const places = { runs: placesOf(runs), metrics: placesOf(metrics) };
    return { columns, batches: inBatches(this.parts(question, series, places), isBucketed) };
  }

  private async *parts(
    { range, maxPoints }: SeriesQuestion,
    series: { runId: string; name: string }[],
    places: { runs: Map<string, number>; metrics: Map<string, number> },
  ): AsyncIterable<Part> {
    const most = maxPoints ?? Number.MAX_SAFE_INTEGER;
    for (const { runId, name } of series) {
      const answer = await this.metrics.seriesAnswer(runId, name, most, range);
      const where = { run: places.runs.get(runId)!, metric: places.metrics.get(name)! };
      yield { ...where, ...rowsOf(answer, maxPoints !== undefined) };
    }
  }

  private async seriesOf(runs: string[], names?: string[]): Promise<{ runId: string; name: string }[]> {
    const series: { runId: string; name: string }[] = [];
    for (let at = 0; at < runs.length; at += RUNS_PER_QUERY) {
      const query = this.store.read
        .createQueryBuilder(MetricSeries, 's')
        .select('s.runId', 'runId')
        .addSelect('s.name', 'name')
        .where('s.runId IN (:...runs)', { runs: runs.slice(at, at + RUNS_PER_QUERY) });
      if (names?.length) query.andWhere('s.name IN (:...names)', { names });
      series.push(...(await query.orderBy('s.runId').addOrderBy('s.name').getRawMany()));
    }
    return series;
  }
}

function rowsOf(answer: SeriesAnswer, isBucketed: boolean): Omit<Part, 'run' | 'metric'> {
  if (!answer.exact) {
    const { steps, values, times, firstSteps, minimums, maximums, counts } = answer.buckets;
    const numbers = [steps, values, times, firstSteps, minimums, maximums, counts];
    return { rows: steps.length, numbers, isExact: false };
  }
  const { steps, values, times } = answer.points;
  const each = new Float64Array(isBucketed ? steps.length : 0).fill(1);
  const numbers = [steps, values, times, ...(isBucketed ? [steps, values, values, each] : [])];
  return { rows: steps.length, numbers, isExact: true };
}

async function* inBatches(parts: AsyncIterable<Part>, isBucketed: boolean): AsyncIterable<TableBatch> {
  let [waiting, rows] = [[] as Part[], 0];
  for await (const part of parts) {
    waiting.push(part);
    rows += part.rows;
    if (rows < ROWS_PER_BATCH) continue;
    yield joined(waiting, rows, isBucketed);
    [waiting, rows] = [[], 0];
  }
  if (rows > 0) yield joined(waiting, rows, isBucketed);
}

function joined(parts: Part[], rows: number, isBucketed: boolean): TableBatch {
  const [run, metric] = [new Int32Array(rows), new Int32Array(rows)];
  const numbers = parts[0]!.numbers.map(() => new Float64Array(rows));
  const exact: boolean[] = [];
  let at = 0;
  for (const part of parts) {
    run.fill(part.run, at, at + part.rows);
    metric.fill(part.metric, at, at + part.rows);
    for (const [i, column] of numbers.entries()) column.set(part.numbers[i]!, at);
    if (isBucketed) for (let row = 0; row < part.rows; row++) exact.push(part.isExact);
    at += part.rows;
  }
  return { rows, columns: [run, metric, ...numbers, ...(isBucketed ? [exact] : [])] };
}

function placesOf(words: string[]): Map<string, number> {
  return new Map(words.map((word, i) => [word, i]));
}
