import { Injectable } from '@nestjs/common';
import { Store } from '../access/store.js';
import { ArtifactBlob } from './artifact-blob.entity.js';
import { OWNERS } from './artifact-quota.js';
import { ArtifactStorage } from './artifact-storage.js';
import { amountOf } from './blob-garbage.js';
import { RunArtifact } from './run-artifact.entity.js';
import type { ProjectStorage, Storage, StoredAmount } from './storage.type.js';

const UNNAMED = `NOT EXISTS (SELECT 1 FROM run_artifact "artifact" WHERE "artifact"."sha256" = "blob"."sha256")`;

@Injectable()
export class StorageService {
  constructor(
    private readonly store: Store,
    private readonly storage: ArtifactStorage,
  ) {}

  async overview(): Promise<Omit<Storage, 'runsInTrash'>> {
    const { blobs, settings } = this.storage;
    const contents = () => this.store.read.createQueryBuilder(ArtifactBlob, 'blob');
    return {
      kind: blobs.kind,
      place: blobs.place,
      contents: await amountOf(contents()),
      names: await this.names(),
      unreferenced: await amountOf(contents().where(UNNAMED)),
      quotaBytes: settings.quotaBytes,
      projectQuotaBytes: settings.projectQuotaBytes,
      projects: await this.projects(),
    };
  }

  private async names(): Promise<StoredAmount> {
    const row = await this.store.read
      .createQueryBuilder(RunArtifact, 'artifact')
      .select('COUNT(*)', 'files')
      .addSelect('COALESCE(SUM(artifact.bytes), 0)', 'bytes')
      .getRawOne();
    return { files: Number(row!.files), bytes: Number(row!.bytes) };
  }

  private async projects(): Promise<ProjectStorage[]> {
    const contents = this.store.read
      .createQueryBuilder()
      .select('"owner"."projectId"', 'projectId')
      .addSelect('artifact.sha256', 'sha256')
      .addSelect('MAX(artifact.bytes)', 'bytes')
      .from(RunArtifact, 'artifact')
      .innerJoin(OWNERS, 'owner', '"owner"."id" = artifact.runId')
      .groupBy('"owner"."projectId"')
      .addGroupBy('artifact.sha256');
    const rows: { projectId: string; files: unknown; bytes: unknown }[] = await this.store.read
      .createQueryBuilder()
      .select('"content"."projectId"', 'projectId')
      .addSelect('COUNT(*)', 'files')
      .addSelect('SUM("content"."bytes")', 'bytes')
      .from(`(${contents.getQuery()})`, 'content')
      .groupBy('"content"."projectId"')
      .getRawMany();
    return rows
      .map(({ projectId, files, bytes }) => ({ projectId, files: Number(files), bytes: Number(bytes) }))
      .sort((a, b) => b.bytes - a.bytes);
  }
}
