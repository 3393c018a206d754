import * as tf from '@tensorflow/tfjs';
import { RanksweepError } from '../core/errors.js';
import type { Backend, RunConfig } from '../core/run-config.js';
import { AdapterSwitch } from './adapter-switch.js';
import { chooseBackend } from './backends.js';
import { type Checkpoint, loadCheckpoint } from './checkpoint.js';
import { parameterCount } from './layout.js';
import { disposeRows, hiddenStates, type Layers, toRows } from './llama.js';
import { type LoadedAdapter, loadAdapterFor } from './load-adapter.js';
import { contextOf, longestInput, type ModelConfig } from './model-config.js';
import { primitives } from './ops.js';

export interface ScoreSettings {
  model: string;
  /** folders in PEFT's layout, each scored by itself on the one base; null: the base alone */
  adapters: readonly (string | null)[];
  /** multiplies the adapters' own scales: 0 is the base, 1 the adapter as it was trained */
  scale: number;
  sequences: number[][];
  /** how the base's linear layers are kept */
  quantization: RunConfig['quantization'];
  backend: Backend;
}

export interface ScoredModel {
  architecture: string;
  /** of the base */
  parameters: number;
  backend: string;
  /** in the order of the settings */
  scored: TokenScores[];
}

export interface TokenScores {
  /** what B·A was multiplied by, by module path; empty without an adapter */
  scales: Record<string, number>;
  /** how the base was kept that the adapter was trained on; null without an adapter, or if another program made it */
  trainedOn: RunConfig['quantization'] | null;
  /** for each sequence the log-probability (natural) of tokens 1, 2, … given all before: one less than there are tokens */
  logProbabilities: number[][];
}

/** Rows whose logits are made at once: a vocabulary of 150,000 makes 80 MB of them. */
const CHUNK = 128;

/**
 * The log-probability of each next token.
 * @throws RanksweepError INVALID_INPUT, NOT_FOUND or UNAVAILABLE, before anything is computed
 */
export async function scoreTokens(settings: ScoreSettings): Promise<ScoredModel> {
  const base = await loadCheckpoint(settings.model, settings.quantization);
  checkSequences(settings.sequences, base.config);
  const loaded = await loadAll(settings.adapters, base);
  const { backend } = await chooseBackend(settings.backend);
  const adapters = new AdapterSwitch(base);
  for (const [folder, adapter] of loaded) adapters.add(folder, adapter);
  const scored: TokenScores[] = [];
  for (const folder of settings.adapters) {
    const { provenance } = (folder !== null && loaded.get(folder)) || { provenance: null };
    const trainedOn = provenance && (provenance.config.quantization ?? 'none');
    scored.push({ trainedOn, ...(await scoreUnder(adapters, folder, base.config, settings)) });
  }
  adapters.dispose();
  const { architecture } = base.config;
  return { architecture, parameters: parameterCount(base.config), backend, scored };
}

async function loadAll(
  folders: ScoreSettings['adapters'],
  base: Checkpoint,
): Promise<Map<string, LoadedAdapter>> {
  const loaded = new Map<string, LoadedAdapter>();
  for (const folder of folders.filter((folder) => folder !== null)) {
    loaded.set(folder, await loadAdapterFor(folder, base));
  }
  return loaded;
}

async function scoreUnder(
  adapters: AdapterSwitch,
  name: string | null,
  config: ModelConfig,
  { scale, sequences }: ScoreSettings,
): Promise<Omit<TokenScores, 'trainedOn'>> {
  const layers = adapters.layers(name, scale);
  const logProbabilities: number[][] = [];
  for (const ids of sequences) logProbabilities.push(await scoreSequence(config, layers, ids));
  const scales = name === null ? {} : Object.fromEntries(adapters.scales(name, scale));
  return { scales, logProbabilities };
}

function checkSequences(sequences: number[][], config: ModelConfig): void {
  const { vocabularySize } = config;
  for (const [i, ids] of sequences.entries()) {
    const field = sequences.length === 1 ? 'tokens' : `tokens[${i}]`;
    if (ids.length - 1 > longestInput(config)) {
      throw invalid(field, `found ${ids.length} tokens, ${contextOf(config)}`);
    }
    const at = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (at >= 0) {
      throw invalid(`${field}[${at}]`, `found ${ids[at]}, the model's tokens are 0 to ${vocabularySize - 1}`);
    }
  }
}

async function scoreSequence(config: ModelConfig, layers: Layers, ids: number[]): Promise<number[]> {
  if (ids.length < 2) return [];
  const inputs = Int32Array.from(ids.slice(0, -1));
  const rows = toRows(config, inputs, inputs.length);
  const states = tf.tidy(() => hiddenStates(config, layers, rows));
  const scores: number[] = [];
  for (let at = 0; at < inputs.length; at += CHUNK) {
    const targets = Int32Array.from(ids.slice(at + 1, at + 1 + CHUNK));
    scores.push(...(await lossesOf(layers, states, at, targets)).map((loss) => -loss));
  }
  states.dispose();
  disposeRows(rows);
  return scores;
}

async function lossesOf(
  layers: Layers,
  states: tf.Tensor,
  at: number,
  targets: Int32Array,
): Promise<number[]> {
  const count = targets.length;
  const losses = tf.tidy(() => {
    const logits = layers.head(tf.slice(states, [at, 0], [count, -1]));
    return primitives().crossEntropyLosses(logits, tf.tensor(targets, [count], 'int32'), tf.ones([count]));
  });
  const values = await losses.data<'float32'>();
  losses.dispose();
  return [...values];
}

const invalid = (field: string, message: string) =>
  new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
