import { Injectable } from '@nestjs/common';
import { type EntityManager, LessThan } from 'typeorm';
import { Clock } from '../access/clock.js';
import { newId } from '../access/ids.js';
import { ServerOptions } from '../access/server-options.js';
import { findByIdPrefix, found, insertRow, Store } from '../access/store.js';
import { ArtifactService } from '../artifacts/artifact.service.js';
import { canonicalJson } from '../core/canonical-json.js';
import { RanksweepError } from '../core/errors.js';
import { hashJson } from '../core/hash.js';
import { DatasetService } from '../datasets/dataset.service.js';
import { Evaluation } from './evaluation.entity.js';
import { LineageService } from './lineage.service.js';
import { Run } from './run.entity.js';
import { RunFieldService } from './run-field.service.js';
import { endState, holdsLease, NO_LEASE, type StopRequest, whyNotResumed } from './run-lease.js';
import type { DescribeRunInput, FinishAnswer, FinishInput } from './run-lifecycle.input.js';

/** What a new run is given; the rest is filled in. */
export type NewRun = Pick<Run, 'name' | 'projectId' | 'config' | 'seed'> &
  Partial<
    Pick<Run, 'sweepId' | 'trialId' | 'trialNumber' | 'workerId' | 'reproduces' | 'leaseToken' | 'provenance'>
  > &
  Partial<
    Pick<
      Run,
      | 'manifestHash'
      | 'origin'
      | 'notes'
      | 'groupName'
      | 'parentId'
      | 'startedAt'
      | 'leaseExpiresAt'
      | 'deletedAt'
      | 'id'
    >
  >;

/** why a run is lost, when nobody handed it back */
export const FELL_SILENT = 'its worker fell silent and the lease ended';

/** A run's way from opening to its end. Methods that take a transaction are parts of a larger one. */
@Injectable()
export class RunLifecycleService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: ServerOptions,
    private readonly datasets: DatasetService,
    private readonly artifacts: ArtifactService,
    private readonly fields: RunFieldService,
    private readonly lineage: LineageService,
  ) {}

  async open(tx: EntityManager, given: NewRun): Promise<Run> {
    const run = await insertRow(tx, Run, {
      ...{ sweepId: null, trialId: null, trialNumber: null, workerId: null, reproduces: null, leaseToken: 1 },
      ...{
        provenance: {},
        manifestHash: null,
        facts: {},
        error: null,
        stopReason: null,
        endedAt: null,
        stopRequest: null,
      },
      ...{ origin: 'worker', notes: null, groupName: null, parentId: null, deletedAt: null },
      startedAt: this.clock.instant(),
      leaseExpiresAt: this.clock.instant(this.options.leaseMs),
      id: newId('run'),
      ...given,
      state: 'running',
      configHash: hashJson(given.config),
      lastBatch: 0,
    });
    await this.fields.save(tx, [run]);
    await this.lineage.note(tx, run);
    return run;
  }

  /**
   * A worker goes on with a run that it, or another one, left unfinished. What it reports is added to what is there.
   * @throws RanksweepError CONFLICT if the run is a trial's, is in the trash, goes on, has its result, or is reported by its own program
   */
  async reopen(tx: EntityManager, id: string, workerId: string): Promise<Run> {
    const run = found(await findByIdPrefix(tx, Run, id), 'run', id);
    const problem = whyNotResumed(run);
    if (problem !== null) throw new RanksweepError('CONFLICT', `${run.id} cannot go on: ${problem}`);
    const reopened = { endedAt: null, error: null, stopReason: null, stopRequest: null };
    const lease = { workerId, leaseToken: run.leaseToken + 1, ...this.renewed() };
    await tx.update(Run, { id: run.id }, { state: 'running', ...lease, ...reopened });
    return tx.findOneByOrFail(Run, { id: run.id });
  }

  /** Stores what the run reads and where it comes from: once, though a repeated delivery is welcome. */
  async describe(input: DescribeRunInput): Promise<Run> {
    if (input.manifest) await this.artifacts.checkUploaded([input.manifest]);
    return this.store.write(async (tx) => {
      const run = found(await tx.findOneBy(Run, { id: input.runId }), 'run', input.runId);
      const provenance = this.describedAs(run, input);
      const manifestHash = run.manifestHash ?? input.manifest?.sha256 ?? null;
      const described = { provenance: provenance as object, manifestHash };
      await tx.update(Run, { id: run.id }, { ...described, ...this.renewed() });
      if (input.manifest && run.manifestHash === null)
        await this.artifacts.record(tx, run.id, [input.manifest]);
      await this.datasets.record(tx, run.id, input.datasets);
      await this.lineage.noteResumed(tx, run.id, input.provenance);
      if (input.check) await this.datasets.recordCheck(tx, input.check);
      return tx.findOneByOrFail(Run, { id: run.id });
    });
  }

  /** Ends a run outside of any sweep. */
  async finish(input: FinishInput): Promise<FinishAnswer> {
    await this.artifacts.checkUploaded(input.artifacts ?? []);
    return this.store.write(async (tx) => {
      const answer = await this.close(tx, input);
      if (answer.run.trialId === null) return answer;
      throw new RanksweepError('CONFLICT', `${answer.run.id} is the run of a trial: use finishTrial`);
    });
  }

  /** Ends a run if its lease is held. The same report delivered twice has the same answer. */
  async close(tx: EntityManager, input: FinishInput): Promise<FinishAnswer> {
    const run = found(await tx.findOneBy(Run, { id: input.runId }), 'run', input.runId);
    if (!holdsLease(run, input.leaseToken)) return alreadyClosed(run, input);
    const state = endState(run, input.state);
    if (state === 'running') throw notAnEnd();
    await tx.update(
      Run,
      { id: run.id },
      {
        state,
        error: input.error ?? null,
        stopReason: run.stopRequest?.reason ?? input.stopReason ?? null,
        facts: (input.facts ?? {}) as object,
        endedAt: this.clock.instant(),
      },
    );
    await this.recordResults(tx, run.id, input);
    return { accepted: true, leaseLost: false, run: await tx.findOneByOrFail(Run, { id: run.id }) };
  }

  /** A person asks one run to stop. A run that has ended stays as it is. */
  requestStop(id: string): Promise<Run> {
    return this.store.write(async (tx) => {
      const run = found(await findByIdPrefix(tx, Run, id), 'run', id);
      await this.askToStop(tx, run, { by: 'person', reason: 'stopped by a person' });
      return tx.findOneByOrFail(Run, { id: run.id });
    });
  }

  /** The first request counts; a person's overrides a rule's. */
  async askToStop(tx: EntityManager, run: Run, request: StopRequest): Promise<void> {
    if (run.state !== 'running' || run.stopRequest?.by === 'person') return;
    if (run.stopRequest !== null && request.by === 'rule') return;
    if (run.leaseExpiresAt === NO_LEASE) return this.endUnleased(tx, run, request.reason);
    await tx.update(Run, { id: run.id }, { stopRequest: request });
  }

  /** Its program asks for nothing, so nobody would learn of a request: the run ends here and now. */
  private async endUnleased(tx: EntityManager, { id }: Run, stopReason: string): Promise<void> {
    await tx.update(Run, { id }, { state: 'cancelled', stopReason, endedAt: this.clock.instant() });
  }

  /** Marks the runs whose lease has ended. @returns them */
  async markLost(tx: EntityManager): Promise<Run[]> {
    const where = { state: 'running' as const, leaseExpiresAt: LessThan(this.clock.instant()) };
    const runs = await tx.findBy(Run, where);
    for (const { id } of runs) {
      await tx.update(Run, { id }, { state: 'lost', error: FELL_SILENT, endedAt: this.clock.instant() });
    }
    return runs;
  }

  /** After the server was away: nobody could renew a lease, so nobody loses one for it. */
  renewAllLeases(): Promise<unknown> {
    const leased = { state: 'running' as const, leaseExpiresAt: LessThan(NO_LEASE) };
    return this.store.write((tx) => tx.update(Run, leased, this.renewed()));
  }

  renewed(): { leaseExpiresAt: string } {
    return { leaseExpiresAt: this.clock.instant(this.options.leaseMs) };
  }

  /** The first description stays what it is; each worker that goes on with the run adds its own to it. */
  private describedAs(run: Run, { leaseToken, provenance }: DescribeRunInput): unknown {
    if (!holdsLease(run, leaseToken)) {
      throw new RanksweepError('CONFLICT', `${run.id} is no longer this worker's: it is ${run.state}`);
    }
    const [before, now] = [canonicalJson(run.provenance), canonicalJson(provenance)];
    if (before === '{}' || before === now) return provenance;
    if (run.trialId !== null || leaseToken === 1) {
      throw new RanksweepError('CONFLICT', `${run.id} was described before: a record is never rewritten`);
    }
    const first = run.provenance as { resumptions?: { leaseToken: number }[] };
    const { resumptions = [] } = first;
    if (resumptions.some((one) => one.leaseToken === leaseToken)) return first;
    const added = { leaseToken, at: this.clock.instant(), ...(provenance as object) };
    return { ...first, resumptions: [...resumptions, added] };
  }

  private async recordResults(tx: EntityManager, runId: string, input: FinishInput): Promise<void> {
    for (const evaluation of input.evaluations ?? []) {
      await tx.upsert(Evaluation, { ...evaluation, runId }, ['runId', 'name']);
    }
    await this.artifacts.record(tx, runId, input.artifacts ?? []);
  }
}

function alreadyClosed(run: Run, input: FinishInput): FinishAnswer {
  const sameReport = run.leaseToken === input.leaseToken && run.state === endState(run, input.state);
  return { accepted: sameReport, leaseLost: !sameReport, run };
}

function notAnEnd(): RanksweepError {
  const message = 'found running, expected finished, diverged, stopped, failed, cancelled or lost';
  return new RanksweepError('INVALID_INPUT', `state: ${message}`, [{ field: 'state', message }]);
}
