import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Clock } from '../access/clock.js';
import { Store } from '../access/store.js';
import { ArtifactBlob } from './artifact-blob.entity.js';
import { ArtifactStorage } from './artifact-storage.js';
import {
  amountOf,
  type GarbageLimits,
  newlyUnreferenced,
  removableBlobs,
  removableNames,
  removeNames,
} from './blob-garbage.js';
import type { StoredAmount } from './storage.type.js';

/** Rows per transaction: writers wait for one of these at most. */
const PER_TRANSACTION = 50;
/** Contents per call: a call is answered within seconds, and the caller asks again. */
const PER_CALL = 500;

export interface CollectedBlobs {
  names: number;
  freed: StoredAmount;
  trashed: StoredAmount;
  leftoverBytes: number;
  more: boolean;
}

/** Removes contents that nobody refers to: first into the trash, later for good. Uploads go on meanwhile. */
@Injectable()
export class GarbageService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly storage: ArtifactStorage,
  ) {}

  async preview(limits: GarbageLimits): Promise<CollectedBlobs> {
    const { read } = this.store;
    const isAtOnce = limits.before >= limits.now;
    const [freed, trashed] = await Promise.all([
      amountOf(removableBlobs(read, limits)),
      amountOf(newlyUnreferenced(read, limits)),
    ]);
    return {
      names: await removableNames(read, limits).getCount(),
      freed: isAtOnce ? { files: freed.files + trashed.files, bytes: freed.bytes + trashed.bytes } : freed,
      trashed: isAtOnce ? { files: 0, bytes: 0 } : trashed,
      leftoverBytes: await this.storage.spool.sweep(this.clock.now(), { dryRun: true }),
      more: false,
    };
  }

  /** A part of the work; `more` says that there is some left. */
  async collect(limits: GarbageLimits): Promise<CollectedBlobs> {
    const names = await this.removeNames(limits);
    const trashed = await this.trash(limits);
    const freed = await this.remove(limits);
    const more = names === PER_CALL || freed.files >= PER_CALL;
    if (!more) await this.adoptOrphans();
    const leftoverBytes = await this.storage.spool.sweep(this.clock.now(), { dryRun: false });
    return { names, trashed, freed, leftoverBytes, more };
  }

  private async removeNames(limits: GarbageLimits): Promise<number> {
    const names = await removableNames(this.store.read, limits).take(PER_CALL).getMany();
    for (const some of chunks(names)) {
      await this.store.write(async (tx) => {
        const still = await removableNames(tx, limits)
          .andWhere({ sha256: In(some.map(({ sha256 }) => sha256)) })
          .getMany();
        await removeNames(
          tx,
          still.map((name) => ({ ...name, trashedAt: name.deletedAt ?? limits.before })),
        );
      });
    }
    return names.length;
  }

  private trash(limits: GarbageLimits): Promise<StoredAmount> {
    return this.store.write(async (tx) => {
      const blobs = await newlyUnreferenced(tx, limits).getMany();
      for (const some of chunks(blobs)) {
        const sha256 = In(some.map((blob) => blob.sha256));
        await tx.update(ArtifactBlob, { sha256 }, { trashedAt: limits.now });
      }
      return amountIn(blobs);
    });
  }

  /** Each is looked at again in the transaction that removes it: an upload may have taken it out of the trash since. */
  private async remove(limits: GarbageLimits): Promise<StoredAmount> {
    const candidates = await removableBlobs(this.store.read, limits).take(PER_CALL).getMany();
    const removed: ArtifactBlob[] = [];
    for (const some of chunks(candidates)) {
      removed.push(...(await this.store.write((tx) => this.removeNow(tx, limits, some))));
    }
    return amountIn(removed);
  }

  private async removeNow(
    tx: EntityManager,
    limits: GarbageLimits,
    candidates: ArtifactBlob[],
  ): Promise<ArtifactBlob[]> {
    const sha256 = In(candidates.map((blob) => blob.sha256));
    const blobs = await removableBlobs(tx, limits).andWhere({ sha256 }).getMany();
    for (const blob of blobs) {
      await tx.delete(ArtifactBlob, { sha256: blob.sha256 });
      await this.storage.blobs.remove(blob.sha256);
    }
    return blobs;
  }

  /** Contents without a row: a crash fell between the two. They get one, and its time, before they may go. */
  private async adoptOrphans(): Promise<void> {
    let page: string[] = [];
    for await (const { sha256 } of this.storage.blobs.list()) {
      page.push(sha256);
      if (page.length < PER_CALL) continue;
      await this.adopt(page);
      page = [];
    }
    await this.adopt(page);
  }

  private async adopt(hashes: string[]): Promise<void> {
    const rows = await this.store.read.findBy(ArtifactBlob, { sha256: In(hashes) });
    const known = new Set(rows.map(({ sha256 }) => sha256));
    for (const sha256 of hashes) {
      if (!known.has(sha256)) await this.store.write((tx) => this.storage.hold(tx, sha256));
    }
  }
}

function amountIn(blobs: readonly ArtifactBlob[]): StoredAmount {
  return { files: blobs.length, bytes: blobs.reduce((sum, { bytes }) => sum + bytes, 0) };
}

function chunks<Row>(rows: readonly Row[]): Row[][] {
  const count = Math.ceil(rows.length / PER_TRANSACTION);
  return Array.from({ length: count }, (_, i) => rows.slice(i * PER_TRANSACTION, (i + 1) * PER_TRANSACTION));
}
