import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../access/store.js';
import { ArtifactService } from '../artifacts/artifact.service.js';
import { RanksweepError } from '../core/errors.js';
import type { TrialState } from '../core/states.js';
import type { ProgressAnswer, ProgressInput } from '../runs/progress.input.js';
import { acceptance, ProgressService } from '../runs/progress.service.js';
import { Run } from '../runs/run.entity.js';
import type { FinishAnswer, FinishInput } from '../runs/run-lifecycle.input.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { EarlyTerminationService } from './early-termination.service.js';
import { TrialOutcomeService } from './trial-outcome.service.js';
import { TrialQueueService, type TrialResult } from './trial-queue.service.js';

/** What a worker reports while a run lasts, and at its end. */
@Injectable()
export class TrialProgressService {
  constructor(
    private readonly store: Store,
    private readonly progress: ProgressService,
    private readonly lifecycle: RunLifecycleService,
    private readonly artifacts: ArtifactService,
    private readonly queue: TrialQueueService,
    private readonly earlyTermination: EarlyTerminationService,
    private readonly outcomes: TrialOutcomeService,
  ) {}

  /** One transaction: points in, lease renewed, early termination judged, the answer out. */
  report(input: ProgressInput): Promise<ProgressAnswer> {
    return this.store.write(async (tx) => {
      const { run, answer, isNew } = await this.progress.record(tx, input);
      if (!isNew || run.sweepId === null) return answer;
      await this.earlyTermination.judge(tx, run, input.points);
      return acceptance(await tx.findOneByOrFail(Run, { id: run.id }));
    });
  }

  /** Ends the run of a trial, and the trial: in state lost the worker hands it back, and it waits for another one. */
  async finish(input: FinishInput): Promise<FinishAnswer> {
    await this.artifacts.checkUploaded(input.artifacts ?? []);
    return this.store.write(async (tx) => {
      const answer = await this.lifecycle.close(tx, input);
      const { run, accepted } = answer;
      if (run.trialId === null)
        throw new RanksweepError('CONFLICT', `${run.id} is no trial's run: use finishRun`);
      if (accepted && run.state === 'lost') await this.queue.release(tx, run);
      else if (accepted) {
        await this.queue.end(tx, run, run.state as TrialState, await this.resultOf(tx, run));
      }
      return answer;
    });
  }

  private async resultOf(tx: EntityManager, run: Run): Promise<TrialResult> {
    const predicted = run.state === 'stopped' ? await this.earlyTermination.predictEnd(tx, run) : null;
    return { ...(await this.outcomes.of(tx, run)), predicted };
  }
}
