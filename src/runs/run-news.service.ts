import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { Clock } from '../access/clock.js';
import { LiveService } from '../access/live.service.js';
import { Store } from '../access/store.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Run } from './run.entity.js';
import type { RunNews, RunUpdatesArgs } from './run-news.type.js';
import { RunQueryService } from './run-query.service.js';

/** runs of one news: the rest comes with the next */
const MAX_RUNS = 500;

/** Tells subscribers of runs that began, reported or ended. */
@Injectable()
export class RunNewsService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly live: LiveService,
    private readonly queries: RunQueryService,
    private readonly metrics: MetricService,
  ) {}

  updates({ filter, after }: RunUpdatesArgs): Promise<AsyncIterableIterator<RunNews>> {
    const told = new Map<string, string>();
    let since = after ?? this.clock.instant();
    return this.live.news(async () => {
      const now = this.clock.instant();
      const runs = await this.sinceThen(filter, since);
      const prints = await this.fingerprints(runs);
      const news = runs.filter(({ id }) => told.get(id) !== prints.get(id)).slice(0, MAX_RUNS);
      for (const { id } of news) told.set(id, prints.get(id)!);
      // what did not fit is found again by the same cursor
      if (news.length < MAX_RUNS) since = now;
      return news.length === 0 ? null : { cursor: since, runs: news };
    });
  }

  /** Those that run, and those that began or ended since. */
  private async sinceThen(filter: RunUpdatesArgs['filter'], since: string): Promise<Run[]> {
    const { query } = await this.queries.filtered(filter);
    query.andWhere("(run.state = 'running' OR run.startedAt >= :since OR run.endedAt >= :since)", { since });
    return query.orderBy('run.id').getMany();
  }

  /** What a news of a run would say: its state, and how many points it has. */
  private async fingerprints(runs: Run[]): Promise<Map<string, string>> {
    await this.metrics.settle();
    const rows: { runId: string; points: number }[] = await this.store.read
      .createQueryBuilder(MetricSeries, 's')
      .select('s.runId', 'runId')
      .addSelect('SUM(s.count)', 'points')
      .where({ runId: In(runs.map(({ id }) => id)) })
      .groupBy('s.runId')
      .getRawMany();
    const points = new Map(rows.map((row) => [row.runId, row.points]));
    return new Map(
      runs.map((run) => [
        run.id,
        JSON.stringify([run.state, run.endedAt, run.name, run.lastBatch, points.get(run.id) ?? 0]),
      ]),
    );
  }
}
