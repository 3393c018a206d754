import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { downloadFile, hashFile } from '../../api-client/artifact-transfer.js';
import { RanksweepError } from '../../core/errors.js';
import { findModel } from '../../worker/find-model.js';
import { filesUnder } from '../../worker/run-artifacts.js';
import type { RunRecord } from '../run-report.js';

/** The recorded config with the paths where its inputs are now, and a sentence for each that moved. */
export interface LocatedInputs {
  config: unknown;
  notes: string[];
}

const DATASET_FOLDER = 'datasets';
const MODEL_FOLDER = 'models';
const CACHE_FOLDER = join('.ranksweep', 'cache');

type RunDataset = RunRecord['datasets'][number];

/**
 * Finds every dataset and the model of a run by the hashes in its record: where they were, among the files here, or in the run's own files
 * on the server.
 * @throws RanksweepError NOT_FOUND naming each input that is nowhere
 */
export async function locateInputs(client: ApiClient, run: RunRecord): Promise<LocatedInputs> {
  const config = structuredClone(run.config);
  const notes: string[] = [];
  const move = (what: string, from: string, to: string) => {
    if (from !== to) notes.push(`${what}: ${to} instead of ${from}`);
  };
  for (const dataset of run.datasets) {
    const path = await locateDataset(client, run, dataset);
    move(`dataset ${dataset.use}`, dataset.path, path);
    setPath(config, dataset.use, path);
  }
  const model = run.provenance?.model;
  if (model) {
    config.model = await locateModel(model);
    move('model', model.path, config.model);
  }
  return { config, notes };
}

async function locateDataset(
  client: ApiClient,
  run: RunRecord,
  { use, path, dataset }: RunDataset,
): Promise<string> {
  const { contentHash, bytes } = dataset;
  if (await hasContent(path, contentHash)) return path;
  const candidates = existsSync(DATASET_FOLDER) ? await filesUnder(DATASET_FOLDER) : [];
  for (const name of candidates.map((file) => join(DATASET_FOLDER, file))) {
    if ((await stat(name)).size === bytes && (await hasContent(name, contentHash))) return name;
  }
  return (await fetchDataset(client, run, contentHash, path)) ?? lacks(use, path, contentHash);
}

async function hasContent(path: string, sha256: string): Promise<boolean> {
  return existsSync(path) && (await hashFile(path)).sha256 === sha256;
}

async function fetchDataset(
  client: ApiClient,
  run: RunRecord,
  sha256: string,
  path: string,
): Promise<string | null> {
  if (!run.artifacts.some((artifact) => artifact.sha256 === sha256)) return null;
  const cached = join(CACHE_FOLDER, `${sha256}${extname(path)}`);
  if (!(await hasContent(cached, sha256))) await downloadFile(client, sha256, cached);
  return cached;
}

function lacks(use: string, path: string, hash: string): never {
  const state = existsSync(path) ? 'has other content now' : 'is not there';
  const message = `found no file with the hash ${hash}: ${path} ${state}, nothing under ${DATASET_FOLDER}/ has it, and the run kept no copy`;
  throw new RanksweepError('NOT_FOUND', 'A dataset of the run is missing.', [
    { field: `datasets.${use}`, message },
  ]);
}

/**
 * The model of a run by its hash: where it was, or among the models here.
 * @throws RanksweepError NOT_FOUND
 */
export async function locateModel({ path, hash }: { path: string; hash: string }): Promise<string> {
  const folders = existsSync(MODEL_FOLDER) ? await readdir(MODEL_FOLDER) : [];
  const candidates = [path, ...folders.map((name) => join(MODEL_FOLDER, name))];
  const found = await findModel(candidates, hash);
  if (found !== null) return found;
  const state = existsSync(path) ? 'is another model now' : 'is not there';
  const message = `found no model with the hash ${hash}: ${path} ${state}, and nothing under ${MODEL_FOLDER}/ has it`;
  throw new RanksweepError('NOT_FOUND', 'The base model of the run is missing.', [
    { field: 'model', message },
  ]);
}

/** The part of a run config that names datasets. */
interface Paths {
  data: Record<string, string>;
  evaluations: { name: string; data: string }[];
}

/** `use` is where the config names the dataset: train, validation, or evaluations.NAME. */
function setPath(config: Paths, use: string, path: string): void {
  if (!use.startsWith('evaluations.')) {
    config.data[use] = path;
    return;
  }
  const name = use.slice('evaluations.'.length);
  config.evaluations.find((evaluation) => evaluation.name === name)!.data = path;
}
