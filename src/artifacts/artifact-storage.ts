import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ArtifactSettings } from '../access/artifact-settings.js';
import { Clock } from '../access/clock.js';
import { ServerOptions } from '../access/server-options.js';
import { found, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { ArtifactBlob } from './artifact-blob.entity.js';
import { checkSha256 } from './artifact-name.js';
import { checkFits, OWNERS, type Quota, quotasOf } from './artifact-quota.js';
import type { BlobStore, SpooledFile } from './blob-store.js';
import { DiskBlobs } from './disk-blobs.js';
import { S3Blobs } from './s3-blobs.js';
import { UploadSpool } from './upload-spool.js';

/** A content that was asked for so recently needs no new note of it. Far less than the trash's grace. */
const FRESH_MS = 3_600_000;

export interface Upload {
  content: AsyncIterable<Uint8Array>;
  /** what the sender says it is; default: whatever it turns out to be */
  sha256?: string;
  /** what the sender says it has; default: unknown */
  bytes?: number;
  /** the run or other owner that it is for, whose project's quota counts */
  ownerId?: string | null;
}

export interface StoredContent {
  sha256: string;
  bytes: number;
  /** false: it was here already */
  isNew: boolean;
}

/**
 * The way in for contents. Each is a row in artifact_blob and a blob beside it. A blob is removed only in a transaction that finds its row
 * in the trash, and taken into use only in a transaction that takes the row out of there: so an upload is never lost to a clean-up.
 */
@Injectable()
export class ArtifactStorage {
  readonly blobs: BlobStore;
  readonly spool: UploadSpool;
  readonly settings: ArtifactSettings;
  /** of uploads that are not stored yet */
  private bytesUnderWay = 0;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    options: ServerOptions,
  ) {
    this.settings = options.artifacts;
    const { place, spoolFolder } = this.settings;
    this.blobs = 's3' in place ? new S3Blobs(place.s3) : new DiskBlobs(place.folder);
    this.spool = new UploadSpool(spoolFolder);
  }

  /**
   * Takes a content in, whole or not at all.
   * @throws RanksweepError INVALID_INPUT if it is not what the sender said, TOO_LARGE if it exceeds a limit or quota
   */
  async upload({ content, sha256, bytes, ownerId = null }: Upload): Promise<StoredContent> {
    const known = sha256 === undefined ? null : await this.touch(sha256);
    const projectId = ownerId === null ? null : await this.projectOf(this.store.read, ownerId);
    if (known !== null) return { sha256: sha256!, bytes: known, isNew: false };
    const quotas = await quotasOf(this.store.read, this.settings, projectId);
    checkFits(quotas, bytes ?? 0);
    const file = await this.receive(content, quotas);
    try {
      checkPromise(file, sha256, bytes);
      return await this.keep(file, projectId);
    } finally {
      await this.spool.discard(file);
    }
  }

  /** Notes that a content will soon be referred to. @returns its size, or null if it is not here */
  async touch(sha256: string): Promise<number | null> {
    checkSha256(sha256);
    const bytes = await this.blobs.bytes(sha256);
    if (bytes === null) return null;
    const row = await this.store.read.findOneBy(ArtifactBlob, { sha256 });
    const isFresh = row?.trashedAt === null && row.touchedAt > this.clock.instant(-FRESH_MS);
    return isFresh ? bytes : this.store.write((tx) => this.hold(tx, sha256));
  }

  /** Takes a content out of the trash, if it is there. @returns its size, or null if it is not here */
  async hold(tx: EntityManager, sha256: string): Promise<number | null> {
    const bytes = await this.blobs.bytes(sha256);
    if (bytes === null) return null;
    const now = this.clock.instant();
    const row = { sha256, bytes, storedAt: now, touchedAt: now, trashedAt: null };
    await tx.createQueryBuilder().insert().into(ArtifactBlob).values(row).orIgnore().execute();
    await tx.update(ArtifactBlob, { sha256 }, { touchedAt: now, trashedAt: null });
    return bytes;
  }

  async projectOf(manager: EntityManager, ownerId: string): Promise<string> {
    const owner: { projectId: string } | undefined = await manager
      .createQueryBuilder()
      .select('"owner"."projectId"', 'projectId')
      .from(OWNERS, 'owner')
      .where('"owner"."id" = :ownerId', { ownerId })
      .getRawOne();
    return found(owner, 'run', ownerId).projectId;
  }

  /** Quotas are watched while it comes: a sender may be wrong about the size, or keep quiet about it. */
  private async receive(content: AsyncIterable<Uint8Array>, quotas: Quota[]): Promise<SpooledFile> {
    let received = 0;
    try {
      return await this.spool.receive(content, (bytes) => {
        received += bytes;
        this.bytesUnderWay += bytes;
        checkFits(quotas, received);
        checkFits(quotas.slice(0, 1), this.bytesUnderWay);
      });
    } finally {
      this.bytesUnderWay -= received;
    }
  }

  private async keep(file: SpooledFile, projectId: string | null): Promise<StoredContent> {
    const { sha256, bytes } = file;
    const isKnown = (await this.blobs.bytes(sha256)) !== null;
    if (!isKnown && this.blobs.isRemote) await this.blobs.put(file);
    await this.store.write(async (tx) => {
      const isStored = await tx.existsBy(ArtifactBlob, { sha256 });
      if (!isStored) checkFits(await quotasOf(tx, this.settings, projectId), bytes);
      if ((await this.blobs.bytes(sha256)) !== bytes) await this.blobs.put(file);
      await this.hold(tx, sha256);
    });
    return { sha256, bytes, isNew: !isKnown };
  }
}

function checkPromise(file: SpooledFile, sha256: string | undefined, bytes: number | undefined): void {
  const isAsSaid = (sha256 ?? file.sha256) === file.sha256 && (bytes ?? file.bytes) === file.bytes;
  if (isAsSaid) return;
  throw new RanksweepError(
    'INVALID_INPUT',
    `the content has the SHA-256 ${file.sha256} and ${file.bytes} bytes, not ${sha256}${bytes === undefined ? '' : ` and ${bytes} bytes`}: it was damaged on its way, or the name is wrong`,
  );
}
