import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Clock } from '../access/clock.js';
import { newId } from '../access/ids.js';
import { findByIdPrefix, found, insertRow, Store } from '../access/store.js';
import { amplification } from '../analysis/amplification.js';
import { judgeGate } from '../analysis/gate-verdict.js';
import { RanksweepError } from '../core/errors.js';
import { hashJson } from '../core/hash.js';
import { parseGatePolicy } from '../core/yaml-gate-policy.js';
import { EvaluationService } from '../runs/evaluations/evaluation.service.js';
import { Run } from '../runs/run.entity.js';
import { RunRecordService } from '../runs/run-record.service.js';
import type { JudgeGateInput } from './adapter.input.js';
import { evidenceOf, inputOf } from './gate-evidence.js';
import { GateRecord } from './gate-record.entity.js';

/** Holds policies against the stored items of runs, and keeps what came out. */
@Injectable()
export class GateService {
  private readonly loader = new BatchLoader<GateRecord[]>(
    (runIds) => this.loadMany(runIds),
    () => [],
  );

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly records: RunRecordService,
    private readonly evaluations: EvaluationService,
  ) {}

  /** @throws RanksweepError INVALID_INPUT for a policy that cannot be read; CONFLICT while the run goes on */
  async judge({ runId, policy: text }: JudgeGateInput): Promise<GateRecord> {
    const policy = parseGatePolicy(text);
    const run = found(await findByIdPrefix(this.store.read, Run, runId), 'run', runId);
    if (run.state === 'running') throw stillRunning(run.id);
    const evidence = await evidenceOf(policy, await this.records.evaluations(run.id), this.evaluations);
    const { verdict, why, ...rest } = judgeGate(policy, evidence);
    const row = {
      ...{ id: newId('gate'), runId: run.id, verdict, why, policyName: policy.name },
      ...{ policyHash: hashJson(policy), policy, inputs: evidence.map(inputOf) },
      evidence: { ...rest, amplification: amplification(policy, evidence) },
      judgedAt: this.clock.instant(),
    };
    return this.store.write((tx) => insertRow(tx, GateRecord, row as GateRecord));
  }

  get(id: string): Promise<GateRecord> {
    return this.store.read.findOneByOrFail(GateRecord, { id });
  }

  /** Newest first. */
  ofRun(runId: string): Promise<GateRecord[]> {
    return this.loader.load(runId);
  }

  private async loadMany(runIds: string[]): Promise<Map<string, GateRecord[]>> {
    const order = { judgedAt: 'DESC', id: 'ASC' } as const;
    const rows = await this.store.read.find(GateRecord, { where: { runId: In(runIds) }, order });
    return groupBy(rows, ({ runId }) => runId);
  }
}

function stillRunning(id: string): RanksweepError {
  return new RanksweepError(
    'CONFLICT',
    `${id} is still running: its evaluations may change. Ask again when it has ended`,
  );
}
