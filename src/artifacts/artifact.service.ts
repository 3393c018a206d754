import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { ServerOptions } from '../access/server-options.js';
import { Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import type { ArtifactInput } from './artifact.input.js';
import { ArtifactFolder } from './artifact-folder.js';
import { checkArtifactName } from './artifact-name.js';
import { RunArtifact } from './run-artifact.entity.js';

@Injectable()
export class ArtifactService {
  readonly folder: ArtifactFolder;
  private readonly loader = new BatchLoader<RunArtifact[]>(
    (runIds) => this.loadMany(runIds),
    () => [],
  );

  constructor(
    private readonly database: Store,
    options: ServerOptions,
  ) {
    this.folder = new ArtifactFolder(join(options.dataFolder, 'artifacts'));
  }

  ofRun(runId: string): Promise<RunArtifact[]> {
    return this.loader.load(runId);
  }

  /** Checks that each named file was uploaded, in the named size: a record never points at nothing. */
  async checkUploaded(inputs: ArtifactInput[]): Promise<void> {
    for (const { name, sha256, bytes } of inputs) {
      checkArtifactName(name);
      const actual = await this.folder.bytes(sha256);
      if (actual !== bytes) throw notUploaded(name, sha256, bytes, actual);
    }
  }

  async record(tx: EntityManager, runId: string, inputs: ArtifactInput[]): Promise<void> {
    for (const { name, sha256, bytes } of inputs) {
      await tx.upsert(RunArtifact, { runId, name, sha256, bytes }, ['runId', 'name']);
    }
  }

  /** Stores a file and records it under a name of its owner: a run, or a logged model. In place of what bore the name. */
  async store(ownerId: string, name: string, content: Readable): Promise<RunArtifact> {
    checkArtifactName(name);
    const row = { runId: ownerId, name, ...(await this.folder.add(content)) };
    await this.database.write((tx) => tx.upsert(RunArtifact, row, ['runId', 'name']));
    return row;
  }

  find(ownerId: string, name: string): Promise<RunArtifact | null> {
    return this.database.read.findOneBy(RunArtifact, { runId: ownerId, name });
  }

  /** Takes the file of this name, or all in the folder of this name, off the record; "" for all. @returns how many */
  async remove(ownerId: string, path: string): Promise<number> {
    const names = (await this.ofRun(ownerId))
      .map(({ name }) => name)
      .filter((name) => path === '' || name === path || name.startsWith(`${path}/`));
    if (names.length === 0) return 0;
    await this.database.write((tx) => tx.delete(RunArtifact, { runId: ownerId, name: In(names) }));
    return names.length;
  }

  private async loadMany(runIds: string[]): Promise<Map<string, RunArtifact[]>> {
    const where = { runId: In(runIds) };
    const artifacts = await this.database.read.find(RunArtifact, { where, order: { name: 'ASC' } });
    return groupBy(artifacts, ({ runId }) => runId);
  }
}

function notUploaded(name: string, sha256: string, bytes: number, actual: number | null): RanksweepError {
  const found = actual === null ? 'no such file was uploaded' : `the uploaded file has ${actual} bytes`;
  const message = `${name}: expected ${bytes} bytes with SHA-256 ${sha256}, ${found}; first PUT /artifacts/${sha256}`;
  return new RanksweepError('INVALID_INPUT', message, [{ field: 'artifacts', message }]);
}
