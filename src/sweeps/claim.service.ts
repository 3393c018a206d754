import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ProjectService } from '../access/project.service.js';
import { ServerOptions } from '../access/server-options.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { LineageService } from '../runs/lineage.service.js';
import { Run } from '../runs/run.entity.js';
import type { OpenRunInput, ResumeRunInput } from '../runs/run-lifecycle.input.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { WorkerService } from '../runs/worker.service.js';
import type { Suggestion } from '../search/sampler.js';
import type { Claim, ClaimInput } from './claim.type.js';
import { SearchThreadService } from './search-thread.service.js';
import { Sweep } from './sweep.entity.js';
import { DEFAULT_PROJECT } from './sweep.service.js';
import { Trial } from './trial.entity.js';
import { configOf, trialCommand } from './trial-config.js';
import {
  type Computed,
  NO_RESULT,
  SearchError,
  SuggestionWanted,
  TrialQueueService,
} from './trial-queue.service.js';

/** how soon a worker asks again: soon while trials may come back to the queue, less often when nothing is to do */
const WAIT_MS = 1000;
const IDLE_WAIT_MS = 2000;
/** so many trials of one claim may turn out to have no valid config before the worker is told to ask again */
const MAX_MISFITS = 20;
/** so many suggestions of one claim are computed beside the server's thread */
const MAX_OUTSIDE = 4;

@Injectable()
export class ClaimService {
  constructor(
    private readonly store: Store,
    private readonly options: ServerOptions,
    private readonly projects: ProjectService,
    private readonly workers: WorkerService,
    private readonly lifecycle: RunLifecycleService,
    private readonly lineage: LineageService,
    private readonly queue: TrialQueueService,
    private readonly search: SearchThreadService,
  ) {}

  /**
   * Lost runs go back to the queue, then the oldest running sweep that has a trial gives it. A suggestion that takes long is computed
   * between two transactions; if the sweep's history changed meanwhile it does not count and is computed again, at last within one.
   */
  async claimTrial(input: ClaimInput): Promise<Claim> {
    const computed = new Map<string, Suggestion>();
    for (let attempt = 0; attempt < MAX_OUTSIDE; attempt++) {
      try {
        return await this.claimWith(input, computed);
      } catch (error) {
        if (!(error instanceof SuggestionWanted)) throw error;
        const answer = await this.search.ask<Suggestion>(error.question).catch(() => undefined);
        if (answer === undefined) break;
        computed.set(error.key, answer);
      }
    }
    return this.claimWith(input, null);
  }

  private claimWith({ workerId, sweepId }: ClaimInput, computed: Computed): Promise<Claim> {
    return this.store.write(async (tx) => {
      await this.workers.seen(tx, workerId);
      await this.queue.requeueLost(tx);
      for (const sweep of await this.runningSweeps(tx, sweepId)) {
        const claim = await this.claimFrom(tx, sweep, workerId, computed).catch(pauseFaulty(tx, sweep));
        if (claim !== null) return claim;
      }
      return nothing((await this.runningSweeps(tx, sweepId)).length === 0);
    });
  }

  /** A run outside of any sweep. */
  openRun(input: OpenRunInput): Promise<Claim> {
    return this.store.write(async (tx) => {
      await this.workers.seen(tx, input.workerId);
      const original = await this.originalOf(tx, input.reproduces);
      const project = await this.projects.ensure(tx, input.project ?? DEFAULT_PROJECT);
      const run = await this.lifecycle.open(tx, {
        name: input.name ?? (original === null ? 'run' : `${original.name} again`),
        projectId: project.id,
        config: input.config,
        seed: input.seed ?? null,
        workerId: input.workerId,
        reproduces: original?.id ?? null,
      });
      for (const link of input.links ?? []) await this.lineage.link(tx, run.id, link);
      return this.lease(run, null, null);
    });
  }

  /** @throws RanksweepError CONFLICT if there is nothing to go on with */
  resumeRun({ runId, workerId }: ResumeRunInput): Promise<Claim> {
    return this.store.write(async (tx) => {
      await this.workers.seen(tx, workerId);
      return this.lease(await this.lifecycle.reopen(tx, runId, workerId), null, null);
    });
  }

  private async claimFrom(
    tx: EntityManager,
    sweep: Sweep,
    workerId: string,
    computed: Computed,
  ): Promise<Claim | null> {
    for (let misfits = 0; misfits < MAX_MISFITS; misfits++) {
      const trial = await this.queue.take(tx, sweep, computed);
      if (trial === null) return null;
      const claim = await this.openTrialRun(tx, sweep, trial, workerId);
      if (claim !== null) return claim;
    }
    return null;
  }

  /** Null: the trial's parameters make no valid config; its run is there, failed, and says why. */
  private async openTrialRun(
    tx: EntityManager,
    sweep: Sweep,
    trial: Trial,
    workerId: string,
  ): Promise<Claim | null> {
    const { config, seed, problem } = configOf(
      sweep.config as SweepConfig,
      trial.parameters,
      trial.replicate,
    );
    const { id: trialId, number: trialNumber, attempts: leaseToken } = trial;
    const run = await this.lifecycle.open(tx, {
      ...{ name: `${sweep.name} ${trialNumber}`, projectId: sweep.projectId, config, seed, workerId },
      ...{ sweepId: sweep.id, trialId, trialNumber, leaseToken },
    });
    await tx.update(Trial, { id: trialId }, { latestRunId: run.id });
    if (problem === null) return this.lease(run, sweep, { ...trial, latestRunId: run.id });
    await this.lifecycle.close(tx, { runId: run.id, leaseToken, state: 'failed', error: problem });
    await this.queue.end(tx, run, 'failed', NO_RESULT);
    return null;
  }

  private lease(run: Run, sweep: Sweep | null, trial: Trial | null): Claim {
    const command = sweep && trial ? trialCommand(sweep.config as SweepConfig, trial.parameters) : null;
    return {
      ...{ run, trial, sweepId: sweep?.id ?? null, config: run.config, command },
      ...{ leaseToken: run.leaseToken, leaseMs: this.options.leaseMs, lastBatch: run.lastBatch },
      keepBytes: this.options.artifacts.keepBytes,
      ...{ waitMs: null, idle: false },
    };
  }

  private async runningSweeps(tx: EntityManager, sweepId: string | null | undefined): Promise<Sweep[]> {
    const order = { createdAt: 'ASC', id: 'ASC' } as const;
    if (!sweepId) return tx.find(Sweep, { where: { state: 'running' }, order });
    const sweep = found(await findByIdPrefix(tx, Sweep, sweepId), 'sweep', sweepId);
    return sweep.state === 'running' ? [sweep] : [];
  }

  private async originalOf(tx: EntityManager, id: string | null | undefined): Promise<Run | null> {
    if (!id) return null;
    const original = found(await findByIdPrefix(tx, Run, id), 'run', id);
    if (original.state !== 'running') return original;
    throw new RanksweepError('CONFLICT', `${original.id} is still running: reproduce it when it has ended`);
  }
}

/** One sweep whose search fails must not keep the workers from all others. */
function pauseFaulty(tx: EntityManager, { id }: Sweep): (error: unknown) => Promise<null> {
  return async (error) => {
    if (!(error instanceof SearchError)) throw error;
    console.error(`${error.message}, the sweep is paused:`, error.cause);
    await tx.update(Sweep, { id }, { state: 'paused' });
    return null;
  };
}

function nothing(idle: boolean): Claim {
  return {
    ...{ run: null, trial: null, sweepId: null, config: null, command: null },
    ...{
      leaseToken: null,
      leaseMs: null,
      lastBatch: null,
      keepBytes: null,
      waitMs: idle ? IDLE_WAIT_MS : WAIT_MS,
      idle,
    },
  };
}
