import type { EntityManager } from 'typeorm';
import type { ArtifactSettings } from '../access/artifact-settings.js';
import { byteText } from '../core/byte-count.js';
import { RanksweepError } from '../core/errors.js';
import { ArtifactBlob } from './artifact-blob.entity.js';
import { RunArtifact } from './run-artifact.entity.js';

/** Larger files are refused: an adapter has megabytes, a full small model a few gigabytes. */
export const MAX_ARTIFACT_BYTES = 8 * 2 ** 30;

/** A limit, and how much of it is used up. */
export interface Quota {
  /** for people: whose it is, and where it is set */
  name: string;
  usedBytes: number;
  limitBytes: number;
}

/** Who owns files, and in which project: runs, models that clients logged, and adapters that were shipped. */
export const OWNERS = `(SELECT "id", "projectId" FROM run UNION ALL SELECT "id", "projectId" FROM logged_model UNION ALL SELECT "id", "projectId" FROM adapter_version)`;

/** Contents that are stored, each counted once, the trash included: it lies on the disk as well. */
export async function storedBytes(manager: EntityManager): Promise<number> {
  return (await manager.sum(ArtifactBlob, 'bytes')) ?? 0;
}

/** Contents that a project's runs refer to, each counted once, those in the trash included: they may be restored. */
export async function projectBytes(manager: EntityManager, projectId: string): Promise<number> {
  const contents = manager
    .createQueryBuilder()
    .select('artifact.sha256', 'sha256')
    .addSelect('MAX(artifact.bytes)', 'bytes')
    .from(RunArtifact, 'artifact')
    .innerJoin(OWNERS, 'owner', '"owner"."id" = artifact.runId')
    .where('"owner"."projectId" = :projectId', { projectId })
    .groupBy('artifact.sha256');
  const { used } = (await manager
    .createQueryBuilder()
    .select('COALESCE(SUM("content"."bytes"), 0)', 'used')
    .from(`(${contents.getQuery()})`, 'content')
    .setParameters(contents.getParameters())
    .getRawOne()) as { used: number };
  return used;
}

/** Those of the server and of a project that have a limit, as they stand now. */
export async function quotasOf(
  manager: EntityManager,
  { quotaBytes, projectQuotaBytes }: ArtifactSettings,
  projectId: string | null,
): Promise<Quota[]> {
  const quotas: Quota[] = [];
  if (quotaBytes !== null) {
    const name = "the server's artifacts (RANKSWEEP_ARTIFACT_QUOTA)";
    quotas.push({ name, usedBytes: await storedBytes(manager), limitBytes: quotaBytes });
  }
  if (projectQuotaBytes !== null && projectId !== null) {
    const name = "a project's artifacts (RANKSWEEP_PROJECT_QUOTA)";
    quotas.push({ name, usedBytes: await projectBytes(manager, projectId), limitBytes: projectQuotaBytes });
  }
  return quotas;
}

/** @throws RanksweepError TOO_LARGE if `bytes` more would not fit */
export function checkFits(quotas: Quota[], bytes: number): void {
  if (bytes > MAX_ARTIFACT_BYTES) {
    throw new RanksweepError('TOO_LARGE', `an artifact may have ${MAX_ARTIFACT_BYTES} bytes at most`);
  }
  const exceeded = quotas.find(({ usedBytes, limitBytes }) => usedBytes + bytes > limitBytes);
  if (exceeded !== undefined) throw exceededError(exceeded, bytes);
}

function exceededError({ name, usedBytes, limitBytes }: Quota, bytes: number): RanksweepError {
  const said = `limit ${byteText(limitBytes)}, used ${byteText(usedBytes)}, asked ${byteText(bytes)} more`;
  const advice = 'delete what nobody needs, then: ranksweep gc --trash-days 0';
  const exact = `limit ${limitBytes}, used ${usedBytes}, asked ${bytes} bytes`;
  return new RanksweepError('TOO_LARGE', `the quota of ${name} is exceeded: ${said}; ${advice}`, [
    { field: 'artifacts.quota', message: exact },
  ]);
}
