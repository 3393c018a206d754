import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { ManifestModel } from '../../core/manifest.js';
import { findModel } from '../../worker/find-model.js';
import { filesUnder } from '../../worker/run-artifacts.js';
import type { RunRecord } from '../run-report.js';
import { CACHE_FOLDER, cachedPath, fetchTo, hasContent } from './cache.js';
import type { InputPlan } from './input-plan.js';
import type { Original } from './original.js';

const DATASET_FOLDER = 'datasets';
const MODEL_FOLDER = 'models';

type RunDataset = RunRecord['datasets'][number];

/** Says of every dataset and of the model where it can be had, by its hash: where it was, among the files here, or from the server. */
export async function planInputs({ run, manifest }: Original): Promise<InputPlan[]> {
  const bytesOf = (use: string) => manifest?.datasets.find((one) => one.use === use)?.bytes ?? null;
  const plans = await Promise.all(
    run.datasets.map((dataset) => planDataset(run, dataset, bytesOf(dataset.use))),
  );
  const model = manifest?.model ?? run.provenance?.model;
  return model ? [...plans, await planModel(run, model)] : plans;
}

/** Fetches what is to be fetched. @throws RanksweepError if what arrives is damaged, or makes another model */
export async function fetchInputs(client: ApiClient, plans: readonly InputPlan[]): Promise<void> {
  for (const { downloads } of plans) {
    for (const { sha256, path } of downloads) await fetchTo(client, sha256, path);
  }
}

/** The recorded config with the paths where its inputs are now. */
export function locatedConfig(config: unknown, plans: readonly InputPlan[]): unknown {
  const located = structuredClone(config) as Paths;
  for (const { field, to } of plans) {
    if (field.startsWith('datasets.')) setPath(located, field.slice('datasets.'.length), to!);
    if (field === 'model') located.model = to!;
  }
  // a release that did not look for it trained on data that leaks; this one must do the same
  if (located.data && located.data.allowLeakage === undefined) located.data.allowLeakage = true;
  return located;
}

/** The hash of the bytes that the run read: those of a dataset's first file may be others. */
async function planDataset(
  run: RunRecord,
  { use, path, contentHash }: RunDataset,
  bytes: number | null,
): Promise<InputPlan> {
  const [what, field] = [`dataset ${use}`, `datasets.${use}`];
  const plan = { what, field, from: path, bytes, reason: null, downloads: [] };
  if (await hasContent(path, contentHash)) return { ...plan, state: 'here', to: path };
  const candidates = existsSync(DATASET_FOLDER) ? await filesUnder(DATASET_FOLDER) : [];
  for (const name of candidates.map((file) => join(DATASET_FOLDER, file))) {
    const mayBe = bytes === null || (await stat(name)).size === bytes;
    if (mayBe && (await hasContent(name, contentHash))) return { ...plan, state: 'moved', to: name };
  }
  const cached = cachedPath(contentHash, path);
  const downloads = [{ sha256: contentHash, path: cached }];
  if (isKept(run, contentHash)) return { ...plan, state: 'fetched', to: cached, downloads };
  const found = existsSync(path) ? 'has other content now' : 'is not there';
  const reason = `found no file with the hash ${contentHash}: ${path} ${found}, nothing under ${DATASET_FOLDER}/ has it, and the run kept no copy`;
  return { ...plan, state: 'missing', to: null, reason };
}

export function isKept({ artifacts }: RunRecord, sha256: string): boolean {
  return artifacts.some((artifact) => artifact.sha256 === sha256);
}

type Model = Pick<ManifestModel, 'path' | 'hash'> & Partial<ManifestModel>;

async function planModel(run: RunRecord, model: Model): Promise<InputPlan> {
  const { path, files } = model;
  const bytes = files ? files.reduce((sum, file) => sum + file.bytes, 0) : null;
  const plan = { what: 'model', field: 'model', from: path, bytes, reason: null, downloads: [] };
  const found = await searchModel(model);
  if (found !== null) return { ...plan, state: found === path ? 'here' : 'moved', to: found };
  if (!files?.length || !files.every((file) => isKept(run, file.sha256)))
    return { ...plan, state: 'missing', to: null, reason: `${lacksModel(model)}, and the run kept no copy` };
  const folder = join(CACHE_FOLDER, 'models', model.hash);
  const to = path.endsWith('.gguf') ? join(folder, files[0]!.path) : folder;
  const downloads = files.map((file) => ({ sha256: file.sha256, path: join(folder, file.path) }));
  return { ...plan, state: 'fetched', to, downloads };
}

async function searchModel({ path, hash }: Model): Promise<string | null> {
  const folders = existsSync(MODEL_FOLDER) ? await readdir(MODEL_FOLDER) : [];
  return findModel([path, ...folders.map((name) => join(MODEL_FOLDER, name))], hash);
}

/**
 * The model of a run by its hash: where it was, or among the models here.
 * @throws RanksweepError NOT_FOUND
 */
export async function locateModel(model: { path: string; hash: string }): Promise<string> {
  const found = await searchModel(model);
  if (found !== null) return found;
  throw new RanksweepError('NOT_FOUND', 'The base model of the run is missing.', [
    { field: 'model', message: lacksModel(model) },
  ]);
}

function lacksModel({ path, hash }: Model): string {
  const state = existsSync(path) ? 'is another model now' : 'is not there';
  return `found no model with the hash ${hash}: ${path} ${state}, nothing under ${MODEL_FOLDER}/ has it`;
}

/** The part of a run config that names inputs. */
interface Paths {
  model: string;
  data: Record<string, string | boolean>;
  evaluations: { name: string; data: string }[];
}

/** `use` is where the config names the dataset: train, validation, or evaluations.NAME. */
function setPath(config: Paths, use: string, path: string): void {
  if (!use.startsWith('evaluations.')) {
    config.data[use] = path;
    return;
  }
  const name = use.slice('evaluations.'.length);
  const evaluation = config.evaluations.find((one) => one.name === name);
  if (evaluation) evaluation.data = path;
}
