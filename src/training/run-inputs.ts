import type { RunConfig } from '../core/run-config.js';
import { readExamples } from '../data/examples.js';
import { hashCheckpoint, loadModelConfig } from './checkpoint.js';
import { parameterCount } from './layout.js';

/** What a run is made from, by content. */
export interface RunInputs {
  datasets: RunDataset[];
  model: {
    path: string;
    /** over config.json, tokenizer.json and the weights */
    hash: string;
    parameters: number;
  };
}

export interface RunDataset {
  /** 'train', 'validation' or 'evaluations.NAME' */
  use: string;
  path: string;
  contentHash: string;
  canonicalHash: string;
  examples: number;
  bytes: number;
}

/**
 * Hashes of all data and of the base, before anything is trained; needs no TensorFlow.
 * @throws RanksweepError for what cannot be read
 */
export async function readRunInputs(config: RunConfig): Promise<RunInputs> {
  const datasets: RunDataset[] = [];
  for (const { use, path } of datasetsOf(config)) datasets.push(await readDataset(use, path));
  const model = await loadModelConfig(config.model);
  const hash = await hashCheckpoint(config.model);
  return { datasets, model: { path: config.model, hash, parameters: parameterCount(model) } };
}

function datasetsOf({ data, evaluations }: RunConfig): { use: string; path: string }[] {
  const validation = data.validation === null ? [] : [{ use: 'validation', path: data.validation }];
  const sets = evaluations.map(({ name, data: path }) => ({ use: `evaluations.${name}`, path }));
  return [{ use: 'train', path: data.train }, ...validation, ...sets];
}

async function readDataset(use: string, path: string): Promise<RunDataset> {
  const { contentHash, canonicalHash, examples, bytes } = await readExamples(path);
  return { use, path, contentHash, canonicalHash, examples: examples.length, bytes };
}
