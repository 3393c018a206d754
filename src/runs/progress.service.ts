import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { found } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { checkPointCount, nameProblem } from './point-check.js';
import type { ProgressAnswer, ProgressInput } from './progress.input.js';
import { Run } from './run.entity.js';
import { holdsLease } from './run-lease.js';
import { RunLifecycleService } from './run-lifecycle.service.js';
import { RunLog } from './run-log.entity.js';
import { WorkerService } from './worker.service.js';

/** What one report did: the answer, and whether its points were new. */
export interface RecordedProgress {
  run: Run;
  answer: ProgressAnswer;
  isNew: boolean;
}

@Injectable()
export class ProgressService {
  constructor(
    private readonly metrics: MetricService,
    private readonly lifecycle: RunLifecycleService,
    private readonly workers: WorkerService,
  ) {}

  /** Stores one batch, renews the lease and answers whether to stop: all of it or nothing. A batch delivered twice is stored once. */
  async record(tx: EntityManager, input: ProgressInput): Promise<RecordedProgress> {
    checkBatch(input);
    const run = found(await tx.findOneBy(Run, { id: input.runId }), 'run', input.runId);
    if (!holdsLease(run, input.leaseToken)) return { run, answer: refusal(run), isNew: false };
    const isNew = input.batch > run.lastBatch;
    await tx.update(
      Run,
      { id: run.id },
      {
        ...this.lifecycle.renewed(),
        lastBatch: Math.max(input.batch, run.lastBatch),
      },
    );
    if (run.workerId !== null) await this.workers.seen(tx, run.workerId);
    if (isNew) await this.store(tx, input);
    return { run, answer: acceptance(run), isNew };
  }

  private async store(tx: EntityManager, { runId, batch, points, log }: ProgressInput): Promise<void> {
    await this.metrics.append(tx, runId, points);
    if (log && log.length > 0) await tx.insert(RunLog, { runId, batch, lines: log });
  }
}

function refusal(run: Run): ProgressAnswer {
  return { accepted: false, leaseLost: true, stop: true, stopReason: `the run is ${run.state}` };
}

export function acceptance(run: Run): ProgressAnswer {
  const stopReason = run.stopRequest?.reason ?? null;
  return { accepted: true, leaseLost: false, stop: stopReason !== null, stopReason };
}

function checkBatch({ batch, points }: ProgressInput): void {
  if (batch < 1) throw invalid('batch', `found ${batch}, expected a whole number from 1`);
  checkPointCount(points.length);
  for (const [i, { metric }] of points.entries()) {
    const problem = nameProblem(metric);
    if (problem !== null) throw invalid(`points[${i}].metric`, problem);
  }
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
