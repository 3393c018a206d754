import { Brackets, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { ArtifactBlob } from './artifact-blob.entity.js';
import { RunArtifact } from './run-artifact.entity.js';
import type { StoredAmount } from './storage.type.js';

/** What a clean-up may touch. Moments as the database stores them. */
export interface GarbageLimits {
  /** now */
  now: string;
  /** what has been in the trash since then, or before, goes */
  before: string;
  /** what was touched after that may be about to be referred to */
  untouchedSince: string;
}

/** A name whose owner has been in the trash for long enough. */
function ofDeleted(table: 'run' | 'logged_model'): string {
  return `EXISTS (SELECT 1 FROM ${table} "owner" WHERE "owner"."id" = "artifact"."runId"
    AND "owner"."deletedAt" IS NOT NULL AND "owner"."deletedAt" <= :before)`;
}

/** A name that stays: one out of the trash, or not long enough in it, of a run for which the same holds. */
const NAME_STAYS = `NOT ("artifact"."deletedAt" IS NOT NULL AND "artifact"."deletedAt" <= :before)
  AND NOT ${ofDeleted('run')} AND NOT ${ofDeleted('logged_model')}`;
const NAMED = `EXISTS (SELECT 1 FROM run_artifact "artifact" WHERE "artifact"."sha256" = "blob"."sha256")`;
const NAMED_STILL = `EXISTS (SELECT 1 FROM run_artifact "artifact" WHERE "artifact"."sha256" = "blob"."sha256" AND ${NAME_STAYS})`;

/** Contents that nobody will refer to once the old trash is gone, and that nobody is about to refer to. */
function unreferenced(manager: EntityManager, { before, untouchedSince }: GarbageLimits) {
  return manager
    .createQueryBuilder(ArtifactBlob, 'blob')
    .where('blob.touchedAt < :untouchedSince', { untouchedSince })
    .andWhere(`NOT ${NAMED_STILL}`, { before });
}

/** Those that may be removed: long enough in the trash themselves, or the last name of each was. */
export function removableBlobs(
  manager: EntityManager,
  limits: GarbageLimits,
): SelectQueryBuilder<ArtifactBlob> {
  return unreferenced(manager, limits).andWhere(
    new Brackets((either) => either.where('blob.trashedAt <= :before').orWhere(NAMED)),
  );
}

/** Those that go into the trash now. */
export function newlyUnreferenced(
  manager: EntityManager,
  limits: GarbageLimits,
): SelectQueryBuilder<ArtifactBlob> {
  return unreferenced(manager, limits).andWhere('blob.trashedAt IS NULL').andWhere(`NOT ${NAMED}`);
}

export async function amountOf(query: SelectQueryBuilder<ArtifactBlob>): Promise<StoredAmount> {
  const row = await query
    .select('COUNT(*)', 'files')
    .addSelect('COALESCE(SUM(blob.bytes), 0)', 'bytes')
    .getRawOne();
  return { files: Number(row!.files), bytes: Number(row!.bytes) };
}

/** Names that have been in the trash for long enough, alone or with a model. Those of a deleted run go with the run. */
export function removableNames(
  manager: EntityManager,
  { before }: GarbageLimits,
): SelectQueryBuilder<RunArtifact> {
  return manager
    .createQueryBuilder(RunArtifact, 'artifact')
    .where(`(artifact.deletedAt <= :before OR ${ofDeleted('logged_model')})`, { before });
}

/**
 * Removes names for good. A content whose last name this was has had its time in the trash: it is in the trash since the name was.
 * @param names rows to remove, with the moment since which they are in the trash
 */
export async function removeNames(
  tx: EntityManager,
  names: readonly { runId: string; name: string; sha256: string; trashedAt: string }[],
): Promise<void> {
  for (const { runId, name, sha256, trashedAt } of names) {
    await tx.delete(RunArtifact, { runId, name });
    const isNamed = await tx.existsBy(RunArtifact, { sha256 });
    if (!isNamed) await tx.update(ArtifactBlob, { sha256 }, { trashedAt });
  }
}
