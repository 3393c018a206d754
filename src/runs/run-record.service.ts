import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { findByIdPrefix, Store } from '../access/store.js';
import { Evaluation } from './evaluation.entity.js';
import { Run } from './run.entity.js';
import { RunLog } from './run-log.entity.js';

/** above every batch: the column has 32 bits on Postgres */
const MAX_INTEGER = 2 ** 31 - 1;

/** Reads of single runs and of what hangs on them. */
@Injectable()
export class RunRecordService {
  private readonly evaluationLoader = new BatchLoader<Evaluation[]>(
    (runIds) => this.loadEvaluations(runIds),
    () => [],
  );
  private readonly runLoader = new BatchLoader<Run | null>(
    (ids) => this.loadRuns(ids),
    () => null,
  );

  constructor(private readonly store: Store) {}

  find(id: string): Promise<Run | null> {
    return findByIdPrefix(this.store.read, Run, id);
  }

  byId(id: string): Promise<Run | null> {
    return this.runLoader.load(id);
  }

  evaluations(runId: string): Promise<Evaluation[]> {
    return this.evaluationLoader.load(runId);
  }

  /** The last lines that the run's program printed, oldest first; if `containing` is given, the last of those with that text. */
  async log(runId: string, lastLines: number, containing?: string | null): Promise<string[]> {
    const wanted = containing?.toLowerCase() ?? '';
    const lines: string[] = [];
    let before = MAX_INTEGER;
    while (lines.length < lastLines) {
      const batches = await this.logBefore(runId, before);
      if (batches.length === 0) break;
      for (const batch of batches) {
        lines.unshift(...batch.lines.filter((line) => line.toLowerCase().includes(wanted)));
      }
      before = batches.at(-1)!.batch;
    }
    return lines.slice(-Math.max(1, lastLines));
  }

  private logBefore(runId: string, batch: number): Promise<RunLog[]> {
    return this.store.read
      .createQueryBuilder(RunLog, 'log')
      .where('log.runId = :runId AND log.batch < :batch', { runId, batch })
      .orderBy('log.batch', 'DESC')
      .take(50)
      .getMany();
  }

  private async loadEvaluations(runIds: string[]): Promise<Map<string, Evaluation[]>> {
    const where = { runId: In(runIds) };
    const rows = await this.store.read.find(Evaluation, { where, order: { role: 'ASC', name: 'ASC' } });
    return groupBy(rows, ({ runId }) => runId);
  }

  private async loadRuns(ids: string[]): Promise<Map<string, Run>> {
    const runs = await this.store.read.findBy(Run, { id: In(ids) });
    return new Map(runs.map((run) => [run.id, run]));
  }
}
