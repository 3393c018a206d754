import { RanksweepError } from '../core/errors.js';
import { RandomStream } from '../core/random.js';
import type { RunConfig } from '../core/run-config.js';
import { checkAdapter, rankWarnings } from './check-adapter.js';
import { type Checkpoint, hashCheckpoint, loadCheckpoint, loadModelConfig } from './checkpoint.js';
import { readDataFile } from './data-file.js';
import { type EvaluationSet, prepareSet } from './evaluation-set.js';
import { contextOf, longestInput, type ModelConfig } from './model-config.js';
import { type Sequence, toSequences } from './sequences.js';
import { loadTokenizer, type Tokenizer } from './tokenizer.js';

/** Everything that a run reads, checked, before TensorFlow is started. */
export interface PreparedRun {
  base: Checkpoint;
  baseHash: string;
  tokenizer: Tokenizer;
  train: Sequence[];
  validation: Sequence[] | null;
  evaluations: EvaluationSet[];
  steps: number;
  /** tokens of a step at most, and so of what is evaluated at once */
  tokensAtOnce: number;
  /** for people: nothing that keeps the run from beginning */
  warnings: string[];
}

/** What is known of a run before the base's weights are read. */
export interface RunPlan extends Omit<PreparedRun, 'base' | 'baseHash'> {
  model: ModelConfig;
}

/**
 * @param beforeLoading sees all but the weights, which may be too large to be read, and can throw
 * @throws RanksweepError for every reason not to begin: files, model, lengths, settings that exclude each other
 */
export async function prepareRun(
  config: RunConfig,
  beforeLoading: (plan: RunPlan) => void = () => {},
): Promise<PreparedRun> {
  const plan = await planRun(config);
  beforeLoading(plan);
  const base = await loadCheckpoint(config.model, config.quantization);
  return { ...plan, base, baseHash: await hashCheckpoint(config.model) };
}

/** All but the weights. */
export async function planRun(config: RunConfig): Promise<RunPlan> {
  const [model, tokenizer] = await Promise.all([loadModelConfig(config.model), loadTokenizer(config.model)]);
  checkSettings(config, model, tokenizer);
  const read = (field: string, path: string, maxExamples: number | null) =>
    readSequences(config, tokenizer, { field, path, maxExamples });
  const { data } = config;
  const train = await read('data.train', data.train, data.maxExamples);
  const validation = data.validation ? await read('data.validation', data.validation, null) : null;
  const evaluations: EvaluationSet[] = [];
  for (const [i, set] of config.evaluations.entries()) {
    const options = { tokenizer, sequenceLength: config.sequenceLength, contextLength: longestInput(model) };
    evaluations.push(await prepareSet(set, `evaluations[${i}]`, options));
  }
  return {
    model,
    tokenizer,
    train: train.sequences,
    validation: validation?.sequences ?? null,
    evaluations,
    steps: config.steps ?? Math.ceil((config.epochs! * train.sequences.length) / config.batchSize),
    tokensAtOnce: config.batchSize * config.sequenceLength,
    warnings: config.method === 'lora' ? rankWarnings(config.lora, model) : [],
  };
}

function checkSettings(config: RunConfig, model: ModelConfig, tokenizer: Tokenizer): void {
  if (config.sequenceLength > longestInput(model)) {
    throw invalid('sequenceLength', `found ${config.sequenceLength}, ${contextOf(model)}`);
  }
  if (tokenizer.vocabularySize > model.vocabularySize) {
    const found = `found a tokenizer of ${tokenizer.vocabularySize} tokens`;
    throw invalid('model', `${found}, the model has ${model.vocabularySize}`);
  }
  if (config.earlyStopping && !config.data.validation) {
    throw invalid('earlyStopping', 'found without data.validation, which it needs');
  }
  if (config.method === 'lora') checkAdapter(config.lora, model);
  const names = config.evaluations.map(({ name }) => name);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated)
    throw invalid('evaluations', `found ${JSON.stringify(repeated)} twice, expected different names`);
}

async function readSequences(
  config: RunConfig,
  tokenizer: Tokenizer,
  { field, path, maxExamples }: { field: string; path: string; maxExamples: number | null },
): Promise<{ dataset: string; items: number; sequences: Sequence[] }> {
  const { examples, canonicalHash } = await readDataFile(field, path);
  const taken = maxExamples === null ? examples : firstOfOrder(examples, maxExamples, config.seed);
  const { sequenceLength } = config;
  const sequences = toSequences(taken, { tokenizer, sequenceLength, field, path });
  return { dataset: canonicalHash, items: taken.length, sequences };
}

/** The first n of a seeded order. */
function firstOfOrder<T>(items: T[], n: number, seed: number): T[] {
  const order = new RandomStream(seed, 'examples/train').permutation(items.length);
  return order.slice(0, n).map((i) => items[i]!);
}

const invalid = (field: string, message: string) =>
  new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
