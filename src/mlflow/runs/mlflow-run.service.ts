import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../access/clock.js';
import { Store } from '../../access/store.js';
import { Run } from '../../runs/run.entity.js';
import { RunAnnotationService } from '../../runs/run-annotation.service.js';
import { NO_LEASE } from '../../runs/run-lease.js';
import { RunLifecycleService } from '../../runs/run-lifecycle.service.js';
import { RunTag } from '../../runs/run-tag.entity.js';
import { ExperimentService, type Tag } from '../experiments/experiment.service.js';
import { lifecycleStage } from '../experiments/experiment-view.js';
import { doesNotExist, invalidParameter } from '../protocol/mlflow-error.js';
import { checkLength, LIMITS } from '../protocol/names.js';
import { COLUMN_TAGS, isColumnTag } from './own-tags.js';
import { inventName } from './run-names.js';
import { stateFrom } from './run-status.js';

export interface NewMlflowRun {
  experimentId: string;
  userId: string;
  name: string;
  /** ms since the epoch */
  startTime?: number;
  tags: Tag[];
}

export interface RunUpdate {
  status?: string;
  /** ms since the epoch */
  endTime?: number;
  name?: string;
}

/** The last millisecond whose year has four digits: moments are stored as text that sorts. */
const LAST_INSTANT = 253_402_300_799_999;

/** Runs as MLflow's clients make, change and annotate them. */
@Injectable()
export class MlflowRunService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly experiments: ExperimentService,
    private readonly lifecycle: RunLifecycleService,
    private readonly annotations: RunAnnotationService,
  ) {}

  /** Those in the trash too. @throws MlflowError RESOURCE_DOES_NOT_EXIST */
  async byId(id: string, manager: EntityManager = this.store.read): Promise<Run> {
    const run = await manager.findOneBy(Run, { id });
    if (run === null) throw doesNotExist(`Run with id=${id.slice(0, 300)} not found`);
    return run;
  }

  /** @throws MlflowError also for a run in the trash */
  async active(id: string, manager: EntityManager = this.store.read): Promise<Run> {
    const run = await this.byId(id, manager);
    checkActive(run);
    return run;
  }

  create({ experimentId, userId, name, startTime, tags }: NewMlflowRun): Promise<Run> {
    const runName = nameOf(name, tags);
    const startedAt = startTime ? instantOf(startTime, 'start_time') : this.clock.instant();
    return this.store.write(async (tx) => {
      const { id: projectId } = await this.experiments.active(tx, experimentId || '0');
      const run = await this.lifecycle.open(tx, {
        ...{ name: runName, projectId, config: {}, seed: null, origin: 'mlflow' },
        ...{ startedAt, leaseExpiresAt: NO_LEASE, provenance: provenanceOf(userId, tags) },
      });
      await this.setTags(
        tx,
        run,
        tags.filter(({ key }) => key !== 'mlflow.runName'),
      );
      return this.byId(run.id, tx);
    });
  }

  update(id: string, { status, endTime, name }: RunUpdate): Promise<Run> {
    return this.store.write(async (tx) => {
      const run = await this.active(id, tx);
      if (name) checkLength('run_name', LIMITS.tagValue, name);
      const ending = status === undefined && endTime === undefined ? {} : this.ending(run, status, endTime);
      const changes = { ...ending, ...(name && { name }) };
      if (Object.keys(changes).length > 0) await tx.update(Run, { id }, changes);
      return this.byId(id, tx);
    });
  }

  setDeleted(id: string, deleted: boolean): Promise<void> {
    return this.store.write(async (tx) => {
      const run = await this.byId(id, tx);
      if (deleted) checkActive(run);
      await this.annotations.setDeleted(tx, { id }, deleted);
    });
  }

  /** Tags that are columns of a run go there, a name too; the others are tags. */
  async setTags(tx: EntityManager, run: Run, tags: readonly Tag[]): Promise<void> {
    const columns = tags.filter(({ key }) => isColumnTag(key));
    const changes: Partial<Record<(typeof COLUMN_TAGS)[keyof typeof COLUMN_TAGS], string>> = {};
    for (const { key, value } of columns) if (isColumnTag(key)) changes[COLUMN_TAGS[key]] = value;
    if (changes.name === '') delete changes.name;
    if (Object.keys(changes).length > 0) await tx.update(Run, { id: run.id }, changes);
    await this.annotations.setTags(
      tx,
      run.id,
      tags.filter(({ key }) => !isColumnTag(key)),
    );
  }

  removeTag(id: string, key: string): Promise<void> {
    return this.store.write(async (tx) => {
      const run = await this.active(id, tx);
      const isThere = isColumnTag(key)
        ? run[COLUMN_TAGS[key]] !== null
        : (await this.annotations.removeTags(tx, id, [key])) > 0;
      if (!isThere) throw doesNotExist(`No tag with name: ${key} in run with id ${id}`);
      // a run keeps its name: MLflow's does, too, when the tag goes
      if (isColumnTag(key) && key !== 'mlflow.runName')
        await tx.update(Run, { id }, { [COLUMN_TAGS[key]]: null });
    });
  }

  /** Notes a model in the tag where clients before 3.0 look for a run's models. */
  noteModel(id: string, modelJson: string): Promise<void> {
    return this.store.write(async (tx) => {
      const run = await this.active(id, tx);
      const key = 'mlflow.log-model.history';
      const before = await tx.findOneBy(RunTag, { runId: id, key });
      const models = [...parsed(before?.value ?? '[]', 'tag'), ...[parsed(modelJson, 'model_json')].flat()];
      await this.setTags(tx, run, [{ key, value: JSON.stringify(models) }]);
    });
  }

  private ending(run: Run, status = '', endTime?: number) {
    if (run.origin === 'worker') {
      throw invalidParameter(
        `The run ${run.id} belongs to a worker of a sweep, which alone says how it ends.`,
      );
    }
    const state = status === '' ? run.state : stateFrom(status);
    if (state === 'running') return { state, endedAt: null };
    const endedAt = endTime ? instantOf(endTime, 'end_time') : (run.endedAt ?? this.clock.instant());
    return { state, endedAt };
  }
}

export function checkActive(run: Pick<Run, 'id' | 'deletedAt'>): void {
  if (run.deletedAt === null) return;
  throw invalidParameter(
    `The run ${run.id} must be in the 'active' state. Current state is ${lifecycleStage(run)}.`,
  );
}

function nameOf(given: string, tags: Tag[]): string {
  const tagged = tags.find(({ key }) => key === 'mlflow.runName')?.value ?? '';
  if (given !== '' && tagged !== '' && given !== tagged) {
    throw invalidParameter(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${given}', mlflow.runName='${tagged}').`,
    );
  }
  const name = given || tagged || inventName();
  checkLength('run_name', LIMITS.tagValue, name);
  return name;
}

/** Where a run comes from, in the words in which workers say it. */
function provenanceOf(userId: string, tags: Tag[]): object {
  const tag = (key: string) => tags.find((one) => one.key === key)?.value;
  const [commit, branch] = [tag('mlflow.source.git.commit'), tag('mlflow.source.git.branch')];
  return {
    user: userId || tag('mlflow.user'),
    source: tag('mlflow.source.name'),
    ...(commit !== undefined && { git: { commit, branch } }),
  };
}

function parsed(json: string, field: string): unknown[] {
  try {
    return [JSON.parse(json)].flat();
  } catch {
    throw invalidParameter(`Invalid value for parameter '${field}' supplied: it is no JSON`);
  }
}

function instantOf(ms: number, field: string): string {
  if (ms >= 0 && ms <= LAST_INSTANT) return new Date(ms).toISOString();
  throw invalidParameter(
    `Invalid value ${ms} for parameter '${field}' supplied: expected milliseconds since 1970`,
  );
}
