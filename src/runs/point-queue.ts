import type { EntityManager } from 'typeorm';
import { In } from 'typeorm';
import type { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { insertLog } from './metric-tables.js';
import { packBatch } from './point-batch.js';
import type { PointBatch } from './point-columns.js';
import { Run } from './run.entity.js';

/** Points that wait for the database, of all requests together: 24 bytes each. */
const MAX_WAITING_POINTS = 4_000_000;

interface Waiting {
  runId: string;
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

  /** Resolves when the points are stored. @throws RanksweepError NOT_FOUND, UNAVAILABLE: too many wait already */
  add(runId: string, batch: PointBatch): Promise<void> {
    const points = batch.steps.length;
    if (this.waitingPoints + points > MAX_WAITING_POINTS) return Promise.reject(tooMany());
    const data = packBatch(batch);
    this.waitingPoints += points;
    return new Promise((resolve, reject) => {
      this.waiting.push({ runId, points, data, resolve, reject });
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
      const unknown = await this.store.write((tx) => insertKnown(tx, group));
      for (const one of group) {
        if (unknown.has(one.runId)) one.reject(noSuchRun(one.runId));
        else one.resolve();
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

/** @returns the runs that do not exist: their points are not stored */
async function insertKnown(tx: EntityManager, group: Waiting[]): Promise<Set<string>> {
  const unknown = new Set(group.map(({ runId }) => runId));
  const runs = await tx.find(Run, { select: { id: true }, where: { id: In([...unknown]) } });
  for (const { id } of runs) unknown.delete(id);
  const rows = group.filter(({ runId, points }) => points > 0 && !unknown.has(runId));
  await insertLog(
    tx,
    rows.map(({ runId, points, data }) => ({ runId, points, data })),
  );
  return unknown;
}

function noSuchRun(runId: string): RanksweepError {
  return new RanksweepError('NOT_FOUND', `there is no run "${runId}"`);
}

function tooMany(): RanksweepError {
  return new RanksweepError('UNAVAILABLE', 'too many points wait to be stored: send them again in a second');
}
