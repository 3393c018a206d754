import { Injectable } from '@nestjs/common';
import { type EntityManager, In, IsNull } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Clock } from '../access/clock.js';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import type { ArtifactInput } from './artifact.input.js';
import { checkArtifactName } from './artifact-name.js';
import { checkFits, quotasOf } from './artifact-quota.js';
import { ArtifactStorage, type Upload } from './artifact-storage.js';
import { RunArtifact } from './run-artifact.entity.js';

/** The files of runs, and of whatever else owns some (a logged model): names for contents. */
@Injectable()
export class ArtifactService {
  private readonly loader = new BatchLoader<RunArtifact[]>(
    (ownerIds) => this.loadMany(ownerIds),
    () => [],
  );

  constructor(
    readonly storage: ArtifactStorage,
    private readonly database: Store,
    private readonly clock: Clock,
  ) {}

  /** Without those in the trash. */
  ofRun(ownerId: string): Promise<RunArtifact[]> {
    return this.loader.load(ownerId);
  }

  find(ownerId: string, name: string): Promise<RunArtifact | null> {
    return this.database.read.findOneBy(RunArtifact, { runId: ownerId, name, deletedAt: IsNull() });
  }

  /** Stores a file and records it under a name of its owner, in place of what bore the name. */
  async store(
    ownerId: string,
    name: string,
    upload: Pick<Upload, 'content' | 'bytes'>,
  ): Promise<RunArtifact> {
    checkArtifactName(name);
    const { sha256, bytes } = await this.storage.upload({ ...upload, ownerId });
    await this.database.write((tx) => this.record(tx, ownerId, [{ name, sha256, bytes }]));
    return { runId: ownerId, name, sha256, bytes, deletedAt: null };
  }

  /** Checks that each named file was uploaded, in the named size, and keeps it from the trash for the record that follows. */
  async checkUploaded(inputs: ArtifactInput[]): Promise<void> {
    for (const { name, sha256, bytes } of inputs) {
      checkArtifactName(name);
      const actual = await this.storage.touch(sha256);
      if (actual !== bytes) throw notUploaded(name, sha256, bytes, actual);
    }
  }

  /** @throws RanksweepError TOO_LARGE if the owner's project had no room for them */
  async record(tx: EntityManager, ownerId: string, inputs: ArtifactInput[]): Promise<void> {
    if (inputs.length === 0) return;
    for (const { name, sha256, bytes } of inputs) {
      await this.storage.hold(tx, sha256);
      const row = { runId: ownerId, name, sha256, bytes, deletedAt: null };
      await tx.upsert(RunArtifact, row, ['runId', 'name']);
    }
    if (this.storage.settings.projectQuotaBytes === null) return;
    checkFits(await quotasOf(tx, this.storage.settings, await this.storage.projectOf(tx, ownerId)), 0);
  }

  /** Puts the file of this name, or all in the folder of this name, into the trash; "" for all. @returns how many */
  remove(ownerId: string, path: string): Promise<number> {
    return this.database.write(async (tx) => {
      const files = await tx.findBy(RunArtifact, { runId: ownerId, deletedAt: IsNull() });
      const names = files.map(({ name }) => name).filter((name) => isUnder(name, path));
      await this.setDeleted(tx, ownerId, names, this.clock.instant());
      return names.length;
    });
  }

  async setDeleted(tx: EntityManager, ownerId: string, names: string[], at: string | null): Promise<void> {
    if (names.length > 0)
      await tx.update(RunArtifact, { runId: ownerId, name: In(names) }, { deletedAt: at });
  }

  private async loadMany(ownerIds: string[]): Promise<Map<string, RunArtifact[]>> {
    const where = { runId: In(ownerIds), deletedAt: IsNull() };
    const artifacts = await this.database.read.find(RunArtifact, { where, order: { name: 'ASC' } });
    return groupBy(artifacts, ({ runId }) => runId);
  }
}

function isUnder(name: string, path: string): boolean {
  return path === '' || name === path || name.startsWith(`${path}/`);
}

function notUploaded(name: string, sha256: string, bytes: number, actual: number | null): RanksweepError {
  const found = actual === null ? 'no such file was uploaded' : `the uploaded file has ${actual} bytes`;
  const message = `${name}: expected ${bytes} bytes with SHA-256 ${sha256}, ${found}; first PUT /artifacts/${sha256}`;
  return new RanksweepError('INVALID_INPUT', message, [{ field: 'artifacts', message }]);
}
