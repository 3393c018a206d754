import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import { RanksweepError } from '../core/errors.js';
import { AccessService } from './access.service.js';
import { BatchLoader } from './batch-loader.js';
import { Clock } from './clock.js';
import { newId } from './ids.js';
import { Project } from './project.entity.js';
import { found, insertRow, Store } from './store.js';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,99}$/u;

@Injectable()
export class ProjectService {
  private readonly loader = new BatchLoader(
    (ids) => this.loadMany(ids),
    (id) => found<Project>(null, 'project', id),
  );

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /** Those that are not in the trash, as far as who asks may see them. */
  async list(): Promise<Project[]> {
    const where = { deletedAt: IsNull() };
    const projects = await this.store.read.find(Project, { where, order: { name: 'ASC' } });
    return projects.filter(({ id }) => this.access.current.sees(id));
  }

  get(id: string): Promise<Project> {
    return this.loader.load(id);
  }

  /** The project of this name, made if it is not there, for who is about to write to it. @throws RanksweepError FORBIDDEN */
  async ensure(tx: EntityManager, name: string): Promise<Project> {
    const existing = await tx.findOneBy(Project, { name });
    this.access.checkProject('write', existing?.id, name);
    if (existing !== null) return existing;
    checkName(name);
    return this.insert(tx, { id: newId('project'), name });
  }

  /** A new project whose name the caller has checked. */
  insert(tx: EntityManager, { id, name }: Pick<Project, 'id' | 'name'>): Promise<Project> {
    const row = { id, name, createdAt: this.clock.instant(), updatedAt: null, deletedAt: null };
    return insertRow(tx, Project, row);
  }

  private async loadMany(ids: string[]): Promise<Map<string, Project>> {
    const projects = await this.store.read.findBy(Project, { id: In(ids) });
    return new Map(projects.map((project) => [project.id, project]));
  }
}

function checkName(name: string): void {
  if (NAME.test(name)) return;
  const message = `found ${JSON.stringify(name)}, allowed are up to 100 letters, digits, spaces and . _ / -`;
  throw new RanksweepError('INVALID_INPUT', `project: ${message}`, [{ field: 'project', message }]);
}
