import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Clock } from '../access/clock.js';
import { ProjectService } from '../access/project.service.js';
import { ServerOptions } from '../access/server-options.js';
import { found, Store } from '../access/store.js';
import { ArtifactService } from '../artifacts/artifact.service.js';
import { canonicalJson } from '../core/canonical-json.js';
import { RanksweepError } from '../core/errors.js';
import { hashJson } from '../core/hash.js';
import { DatasetService } from '../datasets/dataset.service.js';
import { Evaluation } from './evaluation.entity.js';
import { acceptance } from './progress.service.js';
import type { RecordAnswer, RecordRunInput } from './reported-run.input.js';
import { checkReported, checkSameRun, extendedConfig } from './reported-run-check.js';
import { Run } from './run.entity.js';
import { RunAnnotationService } from './run-annotation.service.js';
import { RunFieldService } from './run-field.service.js';
import { endState, NO_LEASE } from './run-lease.js';
import { RunLifecycleService } from './run-lifecycle.service.js';
import { RunLog } from './run-log.entity.js';
import { RunParam } from './run-param.entity.js';
import { type ChangedParam, RunParamService } from './run-param.service.js';

const LINES_PER_ROW = 1000;
const RUNS_PER_QUERY = 1000;

/** Runs that other programs report, now or long after: under IDs and times of their own. */
@Injectable()
export class ReportedRunService {
  private readonly paramsLoader = new BatchLoader<Record<string, string>>(
    (runIds) => this.loadParams(runIds),
    () => ({}),
  );

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: ServerOptions,
    private readonly projects: ProjectService,
    private readonly lifecycle: RunLifecycleService,
    private readonly annotations: RunAnnotationService,
    private readonly fields: RunFieldService,
    private readonly params: RunParamService,
    private readonly datasets: DatasetService,
    private readonly artifacts: ArtifactService,
  ) {}

  /**
   * Makes the run, or adds to the one of this ID what is new: config, results, files, its end. All of it or nothing.
   * @throws RanksweepError INVALID_INPUT, CONFLICT: the ID is another run's, or a value of the config would change
   */
  async record(input: RecordRunInput): Promise<RecordAnswer> {
    checkReported(input);
    await this.artifacts.checkUploaded(input.artifacts ?? []);
    return this.store.write(async (tx) => {
      const { id: projectId } = await this.projects.ensure(tx, input.project);
      const before = await tx.findOneBy(Run, { id: input.id });
      if (before === null) await this.open(tx, input, projectId);
      else await this.extend(tx, before, input, projectId);
      return this.answer(await tx.findOneByOrFail(Run, { id: input.id }), before === null);
    });
  }

  paramsOf(runId: string): Promise<Record<string, string>> {
    return this.paramsLoader.load(runId);
  }

  /** Takes runs that were recorded as hidden out of the trash, in one moment. @returns how many there are */
  reveal(ids: string[]): Promise<number> {
    return this.store.write(async (tx) => {
      for (let at = 0; at < ids.length; at += RUNS_PER_QUERY) {
        const part = ids.slice(at, at + RUNS_PER_QUERY);
        const runs = await tx.find(Run, { select: { id: true }, where: { id: In(part) } });
        const known = new Set(runs.map(({ id }) => id));
        const missing = part.find((id) => !known.has(id));
        if (missing !== undefined) found<Run>(null, 'run', missing);
        await tx.update(Run, { id: In(part) }, { deletedAt: null });
      }
      return new Set(ids).size;
    });
  }

  private async open(tx: EntityManager, input: RecordRunInput, projectId: string): Promise<void> {
    const { id, name, group, parentId, notes, reproduces, tags, leased } = input;
    if (parentId) found(await tx.findOneBy(Run, { id: parentId }), 'run', parentId);
    const run = await this.lifecycle.open(tx, {
      ...{ id, name: name ?? id, projectId, config: {}, seed: input.seed ?? null },
      ...{
        origin: input.origin,
        provenance: input.provenance ?? {},
        manifestHash: input.manifestHash ?? null,
        notes: notes ?? null,
      },
      ...{ groupName: group ?? null, parentId: parentId ?? null, reproduces: reproduces ?? null },
      startedAt: input.startedAt ?? this.clock.instant(),
      ...(leased ? {} : { leaseExpiresAt: NO_LEASE }),
      ...(input.hidden && { deletedAt: this.clock.instant() }),
    });
    await this.annotations.setTags(tx, id, tags ?? []);
    await this.extendConfig(tx, run, input);
    await this.moveOn(tx, run, input);
    await this.addResults(tx, input);
  }

  private async extend(tx: EntityManager, run: Run, input: RecordRunInput, projectId: string): Promise<void> {
    checkSameRun(run, input, projectId);
    if (run.workerId !== null) return refuseChange(run, extendedConfig(run.config, input.config));
    await this.extendConfig(tx, run, input);
    await this.moveOn(tx, run, input);
    await this.addResults(tx, input);
  }

  /** Parameters first: the config follows from them, and what else is new in it comes on top. */
  private async extendConfig(tx: EntityManager, { id }: Run, input: RecordRunInput): Promise<void> {
    const changed = await this.params.add(tx, id, input.params ?? []);
    refuseChangedParams(changed);
    const { config: before } = await tx.findOneByOrFail(Run, { id });
    const config = extendedConfig(before, input.config);
    if (canonicalJson(config) === canonicalJson(before)) return;
    await tx.update(Run, { id }, { config: config as object, configHash: hashJson(config) });
    await this.fields.save(tx, [{ id, config }]);
  }

  /** A run's state follows what its program says; an ended one goes on only if it was lost, or is told to. */
  private async moveOn(tx: EntityManager, run: Run, input: RecordRunInput): Promise<void> {
    if (input.state !== 'running') return this.end(tx, run, input);
    if (run.state !== 'running' && run.state !== 'lost' && !input.resume) return;
    const lease = input.leased ? this.lifecycle.renewed() : { leaseExpiresAt: NO_LEASE };
    const reopened = { endedAt: null, error: null, stopReason: null, stopRequest: null };
    await tx.update(Run, { id: run.id }, { state: 'running', ...lease, ...(run.endedAt && reopened) });
  }

  private async end(tx: EntityManager, run: Run, input: RecordRunInput): Promise<void> {
    const end = {
      state: endState(run, input.state),
      error: input.error ?? null,
      stopReason: run.stopRequest?.reason ?? input.stopReason ?? null,
      endedAt: input.endedAt ?? run.endedAt ?? this.clock.instant(),
      ...(input.facts != null && { facts: input.facts as object }),
    };
    await tx.update(Run, { id: run.id }, end);
  }

  private async addResults(tx: EntityManager, input: RecordRunInput): Promise<void> {
    const { id: runId, datasets, evaluations, artifacts } = input;
    await this.datasets.record(tx, runId, datasets ?? []);
    for (const evaluation of evaluations ?? []) {
      await tx.upsert(Evaluation, { ...evaluation, runId }, ['runId', 'name']);
    }
    await this.artifacts.record(tx, runId, artifacts ?? []);
    await storeLog(tx, runId, input.log ?? []);
  }

  private async loadParams(runIds: string[]): Promise<Map<string, Record<string, string>>> {
    const rows = await this.store.read.find(RunParam, {
      where: { runId: In(runIds) },
      order: { key: 'ASC' },
    });
    const byRun = groupBy(rows, ({ runId }) => runId);
    return new Map([...byRun].map(([runId, params]) => [runId, textsOf(params)]));
  }

  private answer(run: Run, created: boolean): RecordAnswer {
    const { stop, stopReason } = acceptance(run);
    return { run, created, leaseToken: run.leaseToken, leaseMs: this.options.leaseMs, stop, stopReason };
  }
}

/** All lines of the run: the same ones again replace themselves. */
async function storeLog(tx: EntityManager, runId: string, lines: string[]): Promise<void> {
  for (let at = 0; at < lines.length; at += LINES_PER_ROW) {
    const row = { runId, batch: at / LINES_PER_ROW + 1, lines: lines.slice(at, at + LINES_PER_ROW) };
    await tx.upsert(RunLog, row, ['runId', 'batch']);
  }
}

/** A worker alone reports of its runs. To say what is there already is no change. */
function refuseChange(run: Run, config: unknown): void {
  if (canonicalJson(config) === canonicalJson(run.config)) return;
  throw new RanksweepError('CONFLICT', `${run.id} is a worker's run: its config was complete from the start`);
}

function refuseChangedParams(changed: ChangedParam[]): void {
  const problems = changed.map(({ key, before, now }) => ({
    field: `params.${key}`,
    message: `found ${JSON.stringify(now)}, the run has ${JSON.stringify(before)}, which never changes`,
  }));
  const [first] = problems;
  if (first) throw new RanksweepError('CONFLICT', `${first.field}: ${first.message}`, problems);
}

function textsOf(params: RunParam[]): Record<string, string> {
  return Object.fromEntries(params.map(({ key, value }) => [key, value]));
}
