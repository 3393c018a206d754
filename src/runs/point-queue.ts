import type { EntityManager } from 'typeorm';
import { runSql } from '../access/dialect.js';
import type { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { insertLog } from './metric-tables.js';
import { packBatch } from './point-batch.js';
import type { PointBatch } from './point-columns.js';
import type { Run } from './run.entity.js';
import { holdsLease } from './run-lease.js';

/** Points that wait for the database, of all requests together: 24 bytes each. */
const MAX_WAITING_POINTS = 4_000_000;

type LeasedRun = Pick<Run, 'id' | 'origin' | 'state' | 'leaseToken' | 'deletedAt'>;
const RUN_COLUMNS = 'SELECT "id", "origin", "state", "leaseToken", "deletedAt" FROM "run"';
const IDS_AT_ONCE = 1000;

interface Waiting {
  runId: string;
  leaseToken: number | undefined;
  points: number;
  data: Buffer;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Groups writes: points that come while others are being stored are stored together, in the next transaction. */
export class PointQueue {
  private waiting: Waiting[] = [];
  private waitingPoints = 0;
  private isStoring = false;

  constructor(private readonly store: Store) {}

  /** Resolves when the points are stored. @throws RanksweepError NOT_FOUND, CONFLICT, UNAVAILABLE: too many wait already */
  add(runId: string, batch: PointBatch, leaseToken?: number): Promise<void> {
    const points = batch.steps.length;
    if (this.waitingPoints + points > MAX_WAITING_POINTS) return Promise.reject(tooMany());
    const data = packBatch(batch);
    this.waitingPoints += points;
    return new Promise((resolve, reject) => {
      this.waiting.push({ runId, leaseToken, points, data, resolve, reject });
      if (!this.isStoring) void this.storeAll();
    });
  }

  private async storeAll(): Promise<void> {
    this.isStoring = true;
    while (this.waiting.length > 0) {
      // requests that the event loop has ready come in before the transaction begins
      await new Promise(setImmediate);
      const group = this.waiting;
      this.waiting = [];
      await this.storeGroup(group);
      for (const { points } of group) this.waitingPoints -= points;
    }
    this.isStoring = false;
  }

  private async storeGroup(group: Waiting[]): Promise<void> {
    try {
      const refusals = await this.store.write((tx) => insertAllowed(tx, group));
      for (const [i, { resolve, reject }] of group.entries()) {
        if (refusals[i] === null) resolve();
        else reject(refusals[i]);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/** @returns for each, why its points are not stored, or null: they are */
async function insertAllowed(tx: EntityManager, group: Waiting[]): Promise<(RanksweepError | null)[]> {
  const runs = await readRuns(tx, [...new Set(group.map(({ runId }) => runId))]);
  const refusals = group.map((one) => refusalOf(one, runs.get(one.runId)));
  const rows = group.filter(({ points }, i) => points > 0 && refusals[i] === null);
  await insertLog(
    tx,
    rows.map(({ runId, points, data }) => ({ runId, points, data })),
  );
  return refusals;
}

/** As plain rows: TypeORM's way from a condition to an entity takes longer than all else that a single point needs. */
async function readRuns(tx: EntityManager, ids: string[]): Promise<Map<string, LeasedRun>> {
  const found = new Map<string, LeasedRun>();
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    const some = ids.slice(at, at + IDS_AT_ONCE);
    const places = some.map(() => '?').join(', ');
    const rows: LeasedRun[] = await runSql(tx, `${RUN_COLUMNS} WHERE "id" IN (${places})`, some);
    for (const row of rows) found.set(row.id, row);
  }
  return found;
}

/** The points of a worker's run end with its lease. A run in the trash takes none but an import's, which hides it until all is there. */
function refusalOf({ runId, leaseToken }: Waiting, run: LeasedRun | undefined): RanksweepError | null {
  if (run === undefined) return new RanksweepError('NOT_FOUND', `there is no run "${runId}"`);
  if (leaseToken !== undefined && holdsLease(run, leaseToken)) return null;
  if (run.deletedAt !== null) return new RanksweepError('CONFLICT', `${runId} is in the trash`);
  if (run.origin !== 'worker') return null;
  const message =
    leaseToken === undefined
      ? `${runId} is a worker's run: its points come with the worker's lease token`
      : `${runId} is no longer this worker's: it is ${run.state}`;
  return new RanksweepError('CONFLICT', message);
}

function tooMany(): RanksweepError {
  return new RanksweepError('UNAVAILABLE', 'too many points wait to be stored: send them again in a second');
}
