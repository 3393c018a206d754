import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { z } from 'zod';
import { LiveService } from '../access/live.service.js';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Run } from './run.entity.js';
import type { SeriesAddition, SeriesNews, SeriesUpdatesArgs } from './run-news.type.js';
import { NO_BUCKETS } from './series.type.js';

const MAX_RUNS = 100;
const MAX_SERIES = 2000;

/** How much of each series the subscriber has: run → metric → [points, last step]. */
type Had = Record<string, Record<string, [number, number]>>;
const had: z.ZodType<Had> = z.record(z.string(), z.record(z.string(), z.tuple([z.number(), z.number()])));

/** Tells subscribers the points that they do not have. */
@Injectable()
export class SeriesNewsService {
  constructor(
    private readonly store: Store,
    private readonly live: LiveService,
    private readonly metrics: MetricService,
  ) {}

  async updates(args: SeriesUpdatesArgs): Promise<AsyncIterableIterator<SeriesNews>> {
    await this.checkRuns(args.runIds);
    const known = args.after ? decode(args.after) : {};
    return this.live.news(async () => {
      const changed = (await this.series(args)).filter(
        ({ runId, name, count }) => known[runId]?.[name]?.[0] !== count,
      );
      if (changed.length === 0) return null;
      const additions: SeriesAddition[] = [];
      for (const series of changed) {
        additions.push(await this.addition(series, known[series.runId]?.[series.name], args.maxPoints));
        known[series.runId] = { ...known[series.runId], [series.name]: [series.count, series.lastStep] };
      }
      return { cursor: encode(known), additions };
    });
  }

  /** Only the points after the last known step, if those are all that is new. */
  private async addition(
    { runId, name, count, lastStep }: MetricSeries,
    known: [number, number] | undefined,
    maxPoints: number,
  ): Promise<SeriesAddition> {
    if (known !== undefined && lastStep > known[1]) {
      // the range is of whole points: those at the known step are had already
      const range = { from: nextAfter(known[1]), to: lastStep };
      const points = await this.metrics.pointsBetween(runId, name, range);
      if (points.steps.length === count - known[0]) {
        return { runId, replaces: false, series: { name, count, exact: true, ...points, ...NO_BUCKETS } };
      }
    }
    const [series] = await this.metrics.series(runId, [name], maxPoints);
    return { runId, replaces: known !== undefined, series: series! };
  }

  private async series({ runIds, names }: SeriesUpdatesArgs): Promise<MetricSeries[]> {
    await this.metrics.settle();
    const where = { runId: In(runIds), ...(names && { name: In(names) }) };
    const series = await this.store.read.find(MetricSeries, { where, order: { runId: 'ASC', name: 'ASC' } });
    if (series.length <= MAX_SERIES) return series;
    throw invalid('names', `found ${series.length} series, allowed are ${MAX_SERIES} at once`);
  }

  private async checkRuns(runIds: string[]): Promise<void> {
    if (runIds.length < 1 || runIds.length > MAX_RUNS) {
      throw invalid('runIds', `found ${runIds.length} runs, allowed are 1 to ${MAX_RUNS}`);
    }
    const there = await this.store.read.find(Run, { select: { id: true }, where: { id: In(runIds) } });
    const missing = runIds.find((id) => !there.some((run) => run.id === id));
    if (missing !== undefined) throw new RanksweepError('NOT_FOUND', `there is no run "${missing}"`);
  }
}

/** The next larger double. */
function nextAfter(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0]! += value > 0 ? 1n : -1n;
  return new Float64Array(bits.buffer)[0]!;
}

function encode(known: Had): string {
  return Buffer.from(JSON.stringify(known)).toString('base64url');
}

function decode(cursor: string): Had {
  try {
    return had.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch {
    throw invalid('after', 'found something else than the `cursor` of an earlier news');
  }
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
