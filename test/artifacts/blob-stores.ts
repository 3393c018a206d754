import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ArtifactSettings, readArtifactSettings } from '../../src/access/artifact-settings.js';

/** `npm run test:s3` sets it to a bucket, with AWS's variables for it; without it the tests use a folder. */
export const BUCKET = process.env.RANKSWEEP_TEST_S3 || undefined;

/** Contents in a place of their own: a folder, or a prefix of the bucket. */
export function newPlace(
  environment: Record<string, string> = {},
): ArtifactSettings & { dataFolder: string } {
  const dataFolder = mkdtempSync(join(tmpdir(), 'ranksweep-artifacts-'));
  const bucket = BUCKET && {
    ...process.env,
    RANKSWEEP_ARTIFACTS: `${BUCKET}/test-${randomUUID()}`,
  };
  return { ...readArtifactSettings(dataFolder, { ...bucket, ...environment }), dataFolder };
}
