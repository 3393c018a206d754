import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { groupBy } from '../../access/batch-loader.js';
import { Clock } from '../../access/clock.js';
import { newId } from '../../access/ids.js';
import { Project } from '../../access/project.entity.js';
import { ProjectService } from '../../access/project.service.js';
import { ProjectTag } from '../../access/project-tag.entity.js';
import { Store } from '../../access/store.js';
import { RunAnnotationService } from '../../runs/run-annotation.service.js';
import { doesNotExist, invalidParameter, MlflowError } from '../protocol/mlflow-error.js';
import { checkLength, checkTag, LIMITS } from '../protocol/names.js';

export interface Tag {
  key: string;
  value: string;
}

/** A project with its tags: what MLflow calls an experiment. */
export interface Experiment {
  project: Project;
  tags: ProjectTag[];
}

/** MLflow's experiment for whoever names none. */
const DEFAULT_ID = '0';
const DEFAULT_NAME = 'Default';

/** Projects under MLflow's name for them. */
@Injectable()
export class ExperimentService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly projects: ProjectService,
    private readonly annotations: RunAnnotationService,
  ) {}

  /** Those in the trash too. @throws MlflowError RESOURCE_DOES_NOT_EXIST */
  async byId(id: string, manager: EntityManager = this.store.read): Promise<Project> {
    const project = await manager.findOneBy(Project, { id });
    if (project !== null) return project;
    if (id !== DEFAULT_ID) throw doesNotExist(`No Experiment with id=${id.slice(0, 300)} exists`);
    return this.defaultProject(manager);
  }

  /** IDs of projects, where "0" may stand for the one named Default. */
  async projectIds(ids: string[]): Promise<string[]> {
    if (!ids.includes(DEFAULT_ID)) return ids;
    const { id } = await this.defaultProject(this.store.read);
    return [...new Set([...ids, id])];
  }

  async byName(name: string): Promise<Project> {
    const project = await this.store.read.findOneBy(Project, { name });
    if (project !== null) return project;
    if (name === DEFAULT_NAME) return this.defaultProject(this.store.read);
    throw doesNotExist(`Could not find experiment with name '${name.slice(0, 500)}'`);
  }

  async active(tx: EntityManager, id: string): Promise<Project> {
    const project = await this.byId(id, tx);
    if (project.deletedAt === null) return project;
    throw invalidParameter(
      `The experiment ${project.id} must be in the 'active' state. Current state is deleted.`,
    );
  }

  create(name: string, tags: Tag[]): Promise<Project> {
    checkExperimentName(name);
    for (const { key, value } of tags) checkTag(key, value, LIMITS.experimentTagValue);
    return this.store.write(async (tx) => {
      if (name === DEFAULT_NAME) await this.defaultProject(tx);
      await refuseTaken(tx, name);
      const project = await this.projects.insert(tx, { id: newId('project'), name });
      await this.saveTags(tx, project.id, tags);
      return project;
    });
  }

  rename(id: string, name: string): Promise<void> {
    checkExperimentName(name);
    return this.store.write(async (tx) => {
      const project = await this.byId(id, tx);
      if (project.deletedAt !== null)
        throw new MlflowError('INVALID_STATE', 'Cannot rename a non-active experiment.');
      if (project.name !== name) await refuseTaken(tx, name);
      await tx.update(Project, { id: project.id }, { name, updatedAt: this.clock.instant() });
    });
  }

  /** Into the trash with all its runs, or out of it. */
  setDeleted(id: string, deleted: boolean): Promise<void> {
    return this.store.write(async (tx) => {
      const project = await this.byId(id, tx);
      if ((project.deletedAt !== null) === deleted) {
        throw doesNotExist(
          `No Experiment with id=${project.id} exists that is ${deleted ? 'active' : 'deleted'}`,
        );
      }
      const now = this.clock.instant();
      await tx.update(Project, { id: project.id }, { deletedAt: deleted ? now : null, updatedAt: now });
      await this.annotations.setDeleted(tx, { projectId: project.id }, deleted);
    });
  }

  setTag(id: string, { key, value }: Tag): Promise<void> {
    checkTag(key, value, LIMITS.experimentTagValue);
    return this.store.write(async (tx) =>
      this.saveTags(tx, (await this.active(tx, id)).id, [{ key, value }]),
    );
  }

  removeTag(id: string, key: string): Promise<void> {
    return this.store.write(async (tx) => {
      const project = await this.active(tx, id);
      const { affected } = await tx.delete(ProjectTag, { projectId: project.id, key });
      if (!affected) throw doesNotExist(`No tag with name: ${key} in experiment with id ${project.id}`);
    });
  }

  async withTags(projects: Project[]): Promise<Experiment[]> {
    const where = { projectId: In(projects.map(({ id }) => id)) };
    const tags = await this.store.read.find(ProjectTag, { where, order: { key: 'ASC' } });
    const byProject = groupBy(tags, ({ projectId }) => projectId);
    return projects.map((project) => ({ project, tags: byProject.get(project.id) ?? [] }));
  }

  async all(): Promise<Experiment[]> {
    await this.defaultProject(this.store.read);
    return this.withTags(await this.store.read.find(Project));
  }

  /** The project named Default, made when a client first asks for it: MLflow's servers have it from the start. */
  private async defaultProject(manager: EntityManager): Promise<Project> {
    const make = async (tx: EntityManager) =>
      (await tx.findOneBy(Project, { name: DEFAULT_NAME })) ??
      this.projects.insert(tx, { id: DEFAULT_ID, name: DEFAULT_NAME });
    if (manager !== this.store.read) return make(manager);
    return (await manager.findOneBy(Project, { name: DEFAULT_NAME })) ?? this.store.write(make);
  }

  private async saveTags(tx: EntityManager, projectId: string, tags: Tag[]): Promise<void> {
    const rows = [...new Map(tags.map(({ key, value }) => [key, { projectId, key, value }])).values()];
    if (rows.length > 0) await tx.upsert(ProjectTag, rows, ['projectId', 'key']);
    await tx.update(Project, { id: projectId }, { updatedAt: this.clock.instant() });
  }
}

async function refuseTaken(tx: EntityManager, name: string): Promise<void> {
  const taken = await tx.findOneBy(Project, { name });
  if (taken === null) return;
  const trash = taken.deletedAt === null ? '' : ' in deleted state: restore it, or choose another name';
  throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists${trash}.`);
}

function checkExperimentName(name: string): void {
  if (name === '') throw invalidParameter("Invalid experiment name: ''");
  checkLength('name', LIMITS.experimentName, name);
}
