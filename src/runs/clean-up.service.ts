import { Injectable } from '@nestjs/common';
import { IsNull, Not } from 'typeorm';
import { Clock } from '../access/clock.js';
import { Store } from '../access/store.js';
import type { GarbageLimits } from '../artifacts/blob-garbage.js';
import { GarbageService } from '../artifacts/garbage.service.js';
import { StorageService } from '../artifacts/storage.service.js';
import type { GarbageInput, GarbageReport, Storage } from '../artifacts/storage.type.js';
import { RanksweepError } from '../core/errors.js';
import { Run } from './run.entity.js';
import { RunTrashService } from './run-trash.service.js';

const DAY_MS = 24 * 3_600_000;
const MOST_DAYS = 3650;
/** Runs per call: each may have a million points. */
const RUNS_PER_CALL = 20;

/** Removes for good what has been in the trash for long enough, a part of it in each call. */
@Injectable()
export class CleanUpService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly trash: RunTrashService,
    private readonly garbage: GarbageService,
    private readonly storage: StorageService,
  ) {}

  async overview(): Promise<Storage> {
    const runsInTrash = await this.store.read.countBy(Run, { deletedAt: Not(IsNull()) });
    return { ...(await this.storage.overview()), runsInTrash };
  }

  async collect({ dryRun, trashDays }: GarbageInput): Promise<GarbageReport> {
    checkDays(trashDays);
    const limits = await this.limits(trashDays);
    return {
      dryRun,
      before: limits.before,
      ...(await (dryRun ? this.preview(limits) : this.remove(limits))),
    };
  }

  private async preview(limits: GarbageLimits) {
    const { read } = this.store;
    const runs = await this.trash.removable(read, limits).select('run.id').getMany();
    return { runIds: runs.map(({ id }) => id), ...(await this.garbage.preview(limits)) };
  }

  private async remove(limits: GarbageLimits) {
    const runs = await this.trash
      .removable(this.store.read, limits)
      .select('run.id')
      .take(RUNS_PER_CALL)
      .getMany();
    const runIds: string[] = [];
    let namesOfRuns = 0;
    for (const { id } of runs) {
      const names = await this.trash.remove(id, limits);
      if (names === null) continue;
      runIds.push(id);
      namesOfRuns += names;
    }
    const { names, more, ...rest } = await this.garbage.collect(limits);
    return { ...rest, runIds, names: names + namesOfRuns, more: more || runs.length === RUNS_PER_CALL };
  }

  /** What a worker uploads is named when its run ends: nothing is taken that was touched since the oldest one began. */
  private async limits(trashDays: number): Promise<GarbageLimits> {
    const aDayAgo = this.clock.instant(-DAY_MS);
    const [untouchedSince] = [aDayAgo, (await this.trash.oldestRunning()) ?? aDayAgo].sort() as [
      string,
      string,
    ];
    return { now: this.clock.instant(), before: this.clock.instant(-trashDays * DAY_MS), untouchedSince };
  }
}

function checkDays(trashDays: number): void {
  if (trashDays >= 0 && trashDays <= MOST_DAYS) return;
  const message = `found ${trashDays}, allowed are 0 to ${MOST_DAYS}`;
  throw new RanksweepError('INVALID_INPUT', `trashDays: ${message}`, [{ field: 'trashDays', message }]);
}
