import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../../access/clock.js';
import { insertRow, Store } from '../../access/store.js';
import type { Tag } from '../experiments/experiment.service.js';
import { doesNotExist, invalidParameter, MlflowError } from '../protocol/mlflow-error.js';
import { checkTag, LIMITS } from '../protocol/names.js';
import { mapOf } from './logged-model.service.js';
import { modelSource } from './model-source.js';
import { ModelVersion, RegisteredModel } from './registry.entity.js';

export interface NewVersion {
  name: string;
  source: string;
  runId: string | null;
  modelId: string | null;
  description: string | null;
  tags: Tag[];
}

const STAGES = ['None', 'Staging', 'Production', 'Archived'];

/** Names for models, and their numbered versions. */
@Injectable()
export class RegistryService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  async model(name: string, manager: EntityManager = this.store.read): Promise<RegisteredModel> {
    const model = await manager.findOneBy(RegisteredModel, { name });
    if (model === null) throw doesNotExist(`Registered Model with name=${name} not found`);
    return model;
  }

  async version(
    name: string,
    version: number,
    manager: EntityManager = this.store.read,
  ): Promise<ModelVersion> {
    const found = await manager.findOneBy(ModelVersion, { name, version });
    if (found === null) throw doesNotExist(`Model Version (name=${name}, version=${version}) not found`);
    return found;
  }

  models(): Promise<RegisteredModel[]> {
    return this.store.read.find(RegisteredModel, { order: { name: 'ASC' } });
  }

  /** Of one name, or of all. */
  versions(name?: string): Promise<ModelVersion[]> {
    const where = name === undefined ? {} : { name };
    return this.store.read.find(ModelVersion, { where, order: { name: 'ASC', version: 'DESC' } });
  }

  createModel(name: string, description: string | null, tags: Tag[]): Promise<RegisteredModel> {
    checkModelName(name);
    checkTags(tags);
    return this.store.write(async (tx) => {
      await refuseTaken(tx, name);
      const now = this.clock.instant();
      const row = { name, description, createdAt: now, updatedAt: now, tags: mapOf(tags), aliases: {} };
      return insertRow(tx, RegisteredModel, row);
    });
  }

  createVersion({ name, tags, ...given }: NewVersion): Promise<ModelVersion> {
    checkTags(tags);
    return this.store.write(async (tx) => {
      await this.model(name, tx);
      const owner = await modelSource(tx, given);
      const last = await tx.findOne(ModelVersion, { where: { name }, order: { version: 'DESC' } });
      const now = this.clock.instant();
      return insertRow(tx, ModelVersion, {
        ...{
          ...given,
          ...owner,
          name,
          version: (last?.version ?? 0) + 1,
          stage: STAGES[0]!,
          tags: mapOf(tags),
        },
        ...{ createdAt: now, updatedAt: now },
      });
    });
  }

  changeModel(name: string, changes: (model: RegisteredModel) => Partial<RegisteredModel>) {
    return this.store.write(async (tx) => {
      const model = await this.model(name, tx);
      const row = { ...model, ...changes(model), updatedAt: this.clock.instant() };
      return tx.save(RegisteredModel, row);
    });
  }

  changeVersion(name: string, version: number, changes: (one: ModelVersion) => Partial<ModelVersion>) {
    return this.store.write(async (tx) => {
      const before = await this.version(name, version, tx);
      const row = { ...before, ...changes(before), updatedAt: this.clock.instant() };
      return tx.save(ModelVersion, row);
    });
  }

  rename(name: string, newName: string): Promise<RegisteredModel> {
    checkModelName(newName);
    return this.store.write(async (tx) => {
      await this.model(name, tx);
      if (newName !== name) await refuseTaken(tx, newName);
      await tx.update(RegisteredModel, { name }, { name: newName, updatedAt: this.clock.instant() });
      await tx.update(ModelVersion, { name }, { name: newName });
      return this.model(newName, tx);
    });
  }

  deleteModel(name: string): Promise<void> {
    return this.store.write(async (tx) => {
      await this.model(name, tx);
      await tx.delete(ModelVersion, { name });
      await tx.delete(RegisteredModel, { name });
    });
  }

  /** With the aliases that pointed to it. */
  deleteVersion(name: string, version: number): Promise<void> {
    return this.store.write(async (tx) => {
      const model = await this.model(name, tx);
      await this.version(name, version, tx);
      await tx.delete(ModelVersion, { name, version });
      const aliases = Object.entries(model.aliases).filter(([, target]) => target !== version);
      await tx.save(RegisteredModel, { ...model, aliases: Object.fromEntries(aliases) });
    });
  }

  setAlias(name: string, alias: string, version: number): Promise<void> {
    if (!/^[\p{L}\p{N}_-]{1,255}$/u.test(alias) || /^v\d+$|^latest$/i.test(alias)) {
      throw invalidParameter(`Invalid alias name: '${alias.slice(0, 300)}'`);
    }
    return this.store.write(async (tx) => {
      await this.version(name, version, tx);
      const model = await this.model(name, tx);
      await tx.save(RegisteredModel, { ...model, aliases: { ...model.aliases, [alias]: version } });
    });
  }

  async byAlias(name: string, alias: string): Promise<ModelVersion> {
    const { aliases } = await this.model(name);
    const version = Object.hasOwn(aliases, alias) ? aliases[alias] : undefined;
    if (version === undefined) throw invalidParameter(`Registered model alias ${alias} not found.`);
    return this.version(name, version);
  }

  /** Moves a version to a stage; with `archive`, those that were there go to Archived. */
  transition(name: string, version: number, stage: string, archive: boolean): Promise<ModelVersion> {
    const wanted = STAGES.find((one) => one.toLowerCase() === stage.toLowerCase());
    if (wanted === undefined) {
      throw invalidParameter(
        `Invalid Model Version stage: ${stage}. Value must be one of ${STAGES.join(', ')}.`,
      );
    }
    return this.store.write(async (tx) => {
      if (archive) await tx.update(ModelVersion, { name, stage: wanted }, { stage: 'Archived' });
      const before = await this.version(name, version, tx);
      return tx.save(ModelVersion, { ...before, stage: wanted, updatedAt: this.clock.instant() });
    });
  }
}

export function checkTags(tags: readonly Tag[]): void {
  for (const { key, value } of tags) checkTag(key, value, LIMITS.registryTagValue);
}

function checkModelName(name: string): void {
  if (name !== '' && name.length <= 256 && !/[/:]/.test(name)) return;
  throw invalidParameter(
    `Invalid name for a registered model: ${JSON.stringify(name.slice(0, 300))}. It must be a non-empty UTF-8 string of at most 256 characters without '/' and ':'`,
  );
}

async function refuseTaken(tx: EntityManager, name: string): Promise<void> {
  if ((await tx.findOneBy(RegisteredModel, { name })) === null) return;
  throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Registered Model (name=${name}) already exists.`);
}
