import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Clock } from '../access/clock.js';
import { newId } from '../access/ids.js';
import { insertRow } from '../access/store.js';
import type { TrialState } from '../core/states.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { Run } from '../runs/run.entity.js';
import { FELL_SILENT, RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { historyHash, type Suggestion, type TrialRecord } from '../search/sampler.js';
import { policyNow, ReferencePointService } from './reference-point.service.js';
import { answerOf, questionKey, type SearchQuestion, takesLong } from './search-question.js';
import { Sweep } from './sweep.entity.js';
import { SweepEndService } from './sweep-end.service.js';
import { Trial } from './trial.entity.js';
import { changesSince, historyOf, warmHistory } from './trial-history.js';

/** A trial whose workers vanished this often fails: it may be what kills them. Handing it back does not count. */
const MAX_LOST_RUNS = 3;

/** A sampler threw: nothing was written for this sweep yet. */
export class SearchError extends Error {}

/** A suggestion that takes long is wanted: the transaction ends without effect, and comes again with the answer. */
export class SuggestionWanted extends Error {
  constructor(
    readonly key: string,
    readonly question: SearchQuestion,
    readonly sweepId: string,
  ) {
    super(`a suggestion for ${sweepId} is wanted`);
  }
}

/** Suggestions that were computed before the transaction, by questionKey; null: what is not there is computed within it. */
export type Computed = ReadonlyMap<string, Suggestion> | null;

/** The last value of the sweep's metric, and where a stopped trial was heading. */
export type TrialResult = Pick<Trial, 'objective' | 'outcomes' | 'predicted'>;

export const NO_RESULT: TrialResult = { objective: null, outcomes: null, predicted: null };

/** The queue of each sweep. Every method is part of a caller's transaction. */
@Injectable()
export class TrialQueueService {
  constructor(
    private readonly clock: Clock,
    private readonly lifecycle: RunLifecycleService,
    private readonly ends: SweepEndService,
    private readonly references: ReferencePointService,
  ) {}

  /**
   * A trial for a worker, now in state running: one that waits, else a new suggestion. Null: nothing now.
   * @throws SuggestionWanted if the suggestion takes long and was not computed for just this history
   */
  async take(tx: EntityManager, sweep: Sweep, computed: Computed): Promise<Trial | null> {
    const trial = (await this.takeQueued(tx, sweep.id)) ?? (await this.takeSuggested(tx, sweep, computed));
    if (trial === null && (await this.countOpen(tx, sweep.id)) === 0) {
      const why = await this.ends.why(tx, sweep, await this.trialsOf(tx, sweep.id));
      await this.finishSweep(tx, sweep, why ?? 'every point of its space was tried');
    }
    return trial;
  }

  /** Marks runs lost whose lease has ended, and puts their trials back in the queue. */
  async requeueLost(tx: EntityManager): Promise<void> {
    for (const run of await this.lifecycle.markLost(tx)) await this.release(tx, run);
  }

  /** What becomes of the trial of a lost run: queued again, or ended if it had its chances or its sweep is over. */
  async release(tx: EntityManager, run: Run): Promise<void> {
    if (run.trialId === null || run.sweepId === null) return;
    const sweep = await tx.findOneByOrFail(Sweep, { id: run.sweepId });
    const lost = await tx.countBy(Run, { trialId: run.trialId, state: 'lost', error: FELL_SILENT });
    const state = sweep.state === 'cancelled' ? 'cancelled' : lost >= MAX_LOST_RUNS ? 'failed' : 'queued';
    const mine = { id: run.trialId, latestRunId: run.id, state: 'running' as const };
    await tx.update(Trial, mine, { state, endedAt: state === 'queued' ? null : this.clock.instant() });
    if (state === 'failed') await this.finishIfDone(tx, sweep.id);
  }

  /** Ends a trial with its run. Done twice, it is done once. */
  async end(tx: EntityManager, run: Run, state: TrialState, result: TrialResult): Promise<void> {
    const mine = { id: run.trialId!, latestRunId: run.id, state: 'running' as const };
    await tx.update(Trial, mine, { state, ...result, endedAt: this.clock.instant() } as object);
    await this.finishIfDone(tx, run.sweepId!);
  }

  /**
   * A sweep is finished when nothing waits or runs and no more will be suggested. What needs a search to know (a space whose points
   * are used up before the planned number) shows with the next claim.
   */
  private async finishIfDone(tx: EntityManager, sweepId: string): Promise<void> {
    if ((await this.countOpen(tx, sweepId)) > 0) return;
    const sweep = await tx.findOneByOrFail(Sweep, { id: sweepId });
    const why = await this.ends.why(tx, sweep, await this.trialsOf(tx, sweepId));
    if (why !== null) await this.finishSweep(tx, sweep, why);
  }

  private countOpen(tx: EntityManager, sweepId: string): Promise<number> {
    return tx.countBy(Trial, { sweepId, state: In(['queued', 'running']) });
  }

  private async finishSweep(tx: EntityManager, { id }: Sweep, endReason: string): Promise<void> {
    const ended = { state: 'finished' as const, endedAt: this.clock.instant(), endReason };
    await tx.update(Sweep, { id, state: In(['running', 'paused']) }, ended);
  }

  /** Compare and set: who changes the row from queued to running has the trial. */
  private async takeQueued(tx: EntityManager, sweepId: string): Promise<Trial | null> {
    const queued = await tx.findOne(Trial, { where: { sweepId, state: 'queued' }, order: { number: 'ASC' } });
    if (queued === null) return null;
    const attempts = queued.attempts + 1;
    const { affected } = await tx.update(
      Trial,
      { id: queued.id, state: 'queued' },
      { state: 'running', attempts },
    );
    return affected === 1 ? { ...queued, state: 'running', attempts } : this.takeQueued(tx, sweepId);
  }

  private async takeSuggested(tx: EntityManager, sweep: Sweep, computed: Computed): Promise<Trial | null> {
    const trials = await this.trialsOf(tx, sweep.id);
    if ((await this.ends.why(tx, sweep, trials)) !== null) return null;
    const history = [...warmHistory(sweep), ...historyOf(trials)];
    const known = await this.references.fix(tx, sweep, history, trials.length);
    const suggestion = suggestionFor(known, history, computed);
    if ('exhausted' in suggestion) return null;
    return insertRow(tx, Trial, {
      ...{ id: newId('trial'), sweepId: sweep.id, number: trials.length + 1, state: 'running', attempts: 1 },
      ...{ parameters: suggestion.params, why: suggestion.why, historyHash: historyHash(history) },
      ...{ historyChanges: changesSince(trials), replicate: suggestion.replicate ?? 0 },
      ...{ ...NO_RESULT, latestRunId: null, createdAt: this.clock.instant(), endedAt: null },
    });
  }

  private trialsOf(tx: EntityManager, sweepId: string): Promise<Trial[]> {
    return tx.find(Trial, { where: { sweepId }, order: { number: 'ASC' } });
  }
}

/** Nothing is remembered between suggestions: the rows, the space and the seed decide. */
function suggestionFor(sweep: Sweep, history: TrialRecord[], computed: Computed): Suggestion {
  const config = sweep.config as SweepConfig;
  const space = config.parameters;
  const policy = policyNow(sweep);
  const question: SearchQuestion = { kind: 'suggest', space, history, policy, seed: sweep.seed };
  const key = questionKey(sweep.id, question);
  const known = computed?.get(key);
  if (known !== undefined) return known;
  if (computed !== null && takesLong(question)) throw new SuggestionWanted(key, question, sweep.id);
  try {
    return answerOf(question) as Suggestion;
  } catch (cause) {
    throw new SearchError(`the search of ${sweep.id} failed`, { cause });
  }
}
