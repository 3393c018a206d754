import type { RunConfig } from '../core/run-config.js';
import { readItems } from '../data/items.js';
import { hashCheckpoint, loadModelConfig } from './checkpoint.js';
import { readDataFile, withField } from './data-file.js';
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

const EVALUATIONS = 'evaluations.';

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
  for (const dataset of datasetsOf(config)) datasets.push(await readDataset(dataset));
  const model = await loadModelConfig(config.model);
  const hash = await hashCheckpoint(config.model);
  return { datasets, model: { path: config.model, hash, parameters: parameterCount(model) } };
}

interface NamedFile {
  use: string;
  /** of the config */
  field: string;
  path: string;
}

function datasetsOf({ data, evaluations }: RunConfig): NamedFile[] {
  const train = { use: 'train', field: 'data.train', path: data.train };
  const sets = evaluations.map(({ name, data: path }, i) => {
    return { use: `${EVALUATIONS}${name}`, field: `evaluations[${i}].data`, path };
  });
  if (data.validation === null) return [train, ...sets];
  return [train, { use: 'validation', field: 'data.validation', path: data.validation }, ...sets];
}

async function readDataset({ use, field, path }: NamedFile): Promise<RunDataset> {
  if (!use.startsWith(EVALUATIONS)) {
    const { contentHash, canonicalHash, examples, bytes } = await readDataFile(field, path);
    return { use, path, contentHash, canonicalHash, examples: examples.length, bytes };
  }
  const { contentHash, canonicalHash, items, bytes } = await withField(field, () => readItems(path));
  return { use, path, contentHash, canonicalHash, examples: items.length, bytes };
}
