import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { downloadFile } from '../../api-client/artifact-transfer.js';
import { RanksweepError } from '../../core/errors.js';
import { type Manifest, openManifest } from '../../core/manifest.js';
import { fetchRun, type RunRecord } from '../run-report.js';
import { CACHE_FOLDER } from './cache.js';

/** A run that is to be repeated, as it was sealed; as it is recorded, where nobody sealed it. */
export interface Original {
  run: RunRecord;
  manifest: Manifest | null;
  /** what was changed after the seal, or why the manifest cannot be had */
  changes: string[];
}

/** @throws RanksweepError NOT_FOUND; INVALID_INPUT if it has not ended */
export async function openOriginal(client: ApiClient, id: string): Promise<Original> {
  const run = await fetchRun(client, id);
  refuseUnended(run);
  if (!run.manifestHash) return { run, manifest: null, changes: [] };
  const found = await readManifest(client, run.manifestHash);
  const changes = [
    ...new Set([...(run.seal?.problems ?? []), ...(typeof found === 'string' ? [found] : [])]),
  ];
  if (typeof found === 'string') return { run, manifest: null, changes };
  const sealed = { config: found.config, seed: seedOf(found, run), provenance: found.provenance };
  return { run: { ...run, ...sealed }, manifest: found, changes };
}

function refuseUnended({ id, state }: RunRecord): void {
  if (state !== 'running') return;
  throw new RanksweepError(
    'INVALID_INPUT',
    `The run ${id} has not ended yet: there is nothing to compare with.`,
  );
}

/** @returns the manifest, or why it cannot be had */
async function readManifest(client: ApiClient, seal: string): Promise<Manifest | string> {
  const path = join(CACHE_FOLDER, `${seal}.manifest.json`);
  try {
    await downloadFile(client, seal, path);
    return openManifest(await readFile(path, 'utf8'), seal);
  } catch (error) {
    if (!(error instanceof RanksweepError)) throw error;
    return `manifest.json: ${error.message}`;
  }
}

function seedOf({ seeds }: Manifest, { seed }: RunRecord): number | null {
  return (seeds.dataOrder ?? seeds.command)?.seed ?? seed ?? null;
}
