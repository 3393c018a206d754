import * as tf from '@tensorflow/tfjs';
import { RanksweepError } from '../core/errors.js';
import type { Backend } from '../core/run-config.js';
import { adaptedLayers } from './adapted-layers.js';
import { chooseBackend } from './backends.js';
import { loadCheckpoint } from './checkpoint.js';
import { frozenLayers, toTensors } from './layers.js';
import { parameterCount } from './layout.js';
import { disposeRows, hiddenStates, type Layers, toRows } from './llama.js';
import { loadAdapter } from './load-adapter.js';
import { contextOf, longestInput, type ModelConfig } from './model-config.js';
import { primitives } from './ops.js';

export interface ScoreSettings {
  model: string;
  /** a folder in PEFT's layout; null: the base alone */
  adapter: string | null;
  /** multiplies the adapter's own scales: 0 is the base, 1 the adapter as it was trained */
  scale: number;
  sequences: number[][];
  backend: Backend;
}

export interface TokenScores {
  architecture: string;
  /** of the base */
  parameters: number;
  backend: string;
  /** what B·A was multiplied by, by module path; empty without an adapter */
  scales: Record<string, number>;
  /** for each sequence the log-probability (natural) of tokens 1, 2, … given all before: one less than there are tokens */
  logProbabilities: number[][];
}

/** Rows whose logits are made at once: a vocabulary of 150,000 makes 80 MB of them. */
const CHUNK = 128;

/**
 * The log-probability of each next token.
 * @throws RanksweepError INVALID_INPUT, NOT_FOUND or UNAVAILABLE, before anything is computed
 */
export async function scoreTokens(settings: ScoreSettings): Promise<TokenScores> {
  const base = await loadCheckpoint(settings.model);
  checkSequences(settings.sequences, base.config);
  const adapter = settings.adapter === null ? null : await loadAdapter(settings.adapter, base.config);
  const scales = new Map([...(adapter?.scales ?? [])].map(([name, own]) => [name, own * settings.scale]));
  const { backend } = await chooseBackend(settings.backend);
  const layers = adapter
    ? adaptedLayers(base, adapter, settings.scale)
    : frozenLayers(base.config, toTensors(base.weights));
  const logProbabilities: number[][] = [];
  for (const ids of settings.sequences) logProbabilities.push(await scoreSequence(base.config, layers, ids));
  const { architecture } = base.config;
  const parameters = parameterCount(base.config);
  return { architecture, parameters, backend, scales: Object.fromEntries(scales), logProbabilities };
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
