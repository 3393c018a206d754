import { Injectable } from '@nestjs/common';
import { type EntityManager, In, type SelectQueryBuilder } from 'typeorm';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { type GarbageLimits, removeNames } from '../artifacts/blob-garbage.js';
import { RunArtifact } from '../artifacts/run-artifact.entity.js';
import { RanksweepError } from '../core/errors.js';
import { MetricLog } from './metric-log.entity.js';
import { Run } from './run.entity.js';
import { RunAnnotationService } from './run-annotation.service.js';

const MOST_AT_ONCE = 1000;
/** Part of a run's key in a table of the sweep: what its rule decided stays with the sweep. */
const KEPT = ['StopDecision'];

/** Runs on their way out: into the trash, out of it again, and after its time for good. */
@Injectable()
export class RunTrashService {
  constructor(
    private readonly store: Store,
    private readonly annotations: RunAnnotationService,
  ) {}

  /** All of them or none. One that is in the trash keeps the date since which it is. */
  delete(ids: string[]): Promise<Run[]> {
    return this.change(ids, true, (run) => {
      if (run.state !== 'running') return;
      throw new RanksweepError('CONFLICT', `${run.id} is running: stop it first`);
    });
  }

  restore(ids: string[]): Promise<Run[]> {
    return this.change(ids, false, () => {});
  }

  removable(manager: EntityManager, { before }: Pick<GarbageLimits, 'before'>): SelectQueryBuilder<Run> {
    return manager
      .createQueryBuilder(Run, 'run')
      .where('run.deletedAt <= :before', { before })
      .orderBy('run.deletedAt')
      .addOrderBy('run.id');
  }

  /** Removes a run and all that it recorded, if its time in the trash is over still. @returns how many files it named; null: it stays */
  remove(id: string, limits: GarbageLimits): Promise<number | null> {
    return this.store.write(async (tx) => {
      const run = await this.removable(tx, limits).andWhere('run.id = :id', { id }).getOne();
      if (run === null) return null;
      const artifacts = await tx.findBy(RunArtifact, { runId: id });
      await removeNames(
        tx,
        artifacts.map((name) => ({ ...name, trashedAt: name.deletedAt ?? run.deletedAt! })),
      );
      await removeRecord(tx, id);
      return artifacts.length;
    });
  }

  /** Since when the run goes on that began first: what its worker uploaded is referred to when it ends. Null: none does. */
  async oldestRunning(): Promise<string | null> {
    const where = { state: 'running' as const, origin: 'worker' };
    const order = { startedAt: 'ASC' as const };
    const run = await this.store.read.findOne(Run, { select: { id: true, startedAt: true }, where, order });
    return run?.startedAt ?? null;
  }

  private change(ids: string[], isDeleted: boolean, check: (run: Run) => void): Promise<Run[]> {
    checkCount(ids);
    return this.store.write(async (tx) => {
      const runs: Run[] = [];
      for (const id of ids) runs.push(found(await findByIdPrefix(tx, Run, id), 'run', id));
      runs.forEach(check);
      for (const { id, deletedAt } of runs) {
        if ((deletedAt !== null) !== isDeleted) await this.annotations.setDeleted(tx, { id }, isDeleted);
      }
      return tx.findBy(Run, { id: In(runs.map(({ id }) => id)) });
    });
  }
}

/** Every table whose key begins with a run holds a part of its record. */
async function removeRecord(tx: EntityManager, runId: string): Promise<void> {
  for (const { target, name, primaryColumns } of tx.dataSource.entityMetadatas) {
    const isPart = primaryColumns.some(({ propertyName }) => propertyName === 'runId');
    if (isPart && !KEPT.includes(name)) await tx.delete(target, { runId });
  }
  await tx.delete(MetricLog, { runId });
  await tx.delete('reproduction', { reproductionId: runId });
  await tx.delete('run_link', { fromId: runId });
  await tx.update(Run, { parentId: runId }, { parentId: null });
  await tx.delete(Run, { id: runId });
}

function checkCount(ids: string[]): void {
  if (ids.length <= MOST_AT_ONCE) return;
  const message = `found ${ids.length}, allowed are ${MOST_AT_ONCE} at once`;
  throw new RanksweepError('INVALID_INPUT', `ids: ${message}`, [{ field: 'ids', message }]);
}
