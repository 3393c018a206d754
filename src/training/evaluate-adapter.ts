import { RanksweepError } from '../core/errors.js';
import type { EvaluationSetConfig } from '../core/evaluation-set.js';
import type { Backend, RunConfig } from '../core/run-config.js';
import { AdapterSwitch } from './adapter-switch.js';
import { chooseBackend } from './backends.js';
import { type KnownScores, scoreBase } from './base-scores.js';
import { hashCheckpoint, loadCheckpoint, loadModelConfig } from './checkpoint.js';
import { prepareSet } from './evaluation-set.js';
import { loadAdapterFor } from './load-adapter.js';
import { longestInput } from './model-config.js';
import { type AnsweredItem, answeredItems, type ScoreCommand } from './score-columns.js';
import { scoreSets, suiteHashOf, toEvaluation } from './score-sets.js';
import { loadTokenizer } from './tokenizer.js';
import type { EvaluationScore } from './train-run.js';

export interface AdapterEvaluation {
  model: string;
  /** a folder in PEFT's layout */
  adapter: string;
  sets: EvaluationSetConfig[];
  quantization: RunConfig['quantization'];
  backend: Backend;
  /** texts are cut to this, as in training; null: what the model can be given */
  sequenceLength: number | null;
  /** tokens that are computed at once at most */
  tokensAtOnce: number;
}

export interface EvaluationHooks {
  knownScores?: KnownScores;
  runScoreCommand?: ScoreCommand;
  log?(line: string): void;
}

export interface EvaluatedAdapter {
  /** of the base's files */
  baseHash: string;
  evaluations: EvaluationScore[];
  /** by set: what the adapter wrote */
  answers: Map<string, AnsweredItem[]>;
}

/**
 * Scores an adapter that was trained before on any sets, beside its base.
 * @throws RanksweepError INVALID_INPUT, NOT_FOUND or UNAVAILABLE, before anything is computed
 */
export async function evaluateAdapter(
  settings: AdapterEvaluation,
  hooks: EvaluationHooks,
): Promise<EvaluatedAdapter> {
  const { model, quantization, tokensAtOnce } = settings;
  const evaluations = await prepareSets(settings);
  const base = await loadCheckpoint(model, quantization);
  const [tokenizer, baseHash] = [await loadTokenizer(model), await hashCheckpoint(model)];
  const adapter = await loadAdapterFor(settings.adapter, base);
  const { backend } = await chooseBackend(settings.backend);
  const adapters = new AdapterSwitch(base);
  adapters.add('adapter', adapter);
  const prepared = { base, tokenizer, tokensAtOnce, evaluations };
  const measuring = { prepared, layers: adapters.layers(null), runCommand: hooks.runScoreCommand };
  const before = await scoreBase(measuring, { hash: baseHash, quantization, backend }, hooks.knownScores);
  if (before.reused.length > 0)
    hooks.log?.(`the base's scores are known from before: ${before.reused.join(', ')}`);
  const scores = await scoreSets({ ...measuring, layers: adapters.layers('adapter') });
  adapters.dispose();
  const suite = suiteHashOf(evaluations);
  const asked = evaluations.map((set, i) => ({ set, answers: scores[i]!.answers }));
  return {
    baseHash,
    evaluations: evaluations.map((set, i) =>
      toEvaluation(set, scores[i]!, before.scores[i]!, before.keys[i]!, suite),
    ),
    answers: new Map(
      asked.flatMap(({ set, answers }) =>
        answers ? [[set.name, answeredItems(set, answers)] as const] : [],
      ),
    ),
  };
}

async function prepareSets({ model, sets, sequenceLength }: AdapterEvaluation) {
  const [config, tokenizer] = [await loadModelConfig(model), await loadTokenizer(model)];
  const contextLength = longestInput(config);
  if (sequenceLength !== null && sequenceLength > contextLength) {
    const message = `found ${sequenceLength}, the model's context is ${contextLength}`;
    throw new RanksweepError('INVALID_INPUT', `sequenceLength: ${message}`, [
      { field: 'sequenceLength', message },
    ]);
  }
  const options = { tokenizer, sequenceLength: sequenceLength ?? contextLength, contextLength };
  const prepared = [];
  for (const [i, set] of sets.entries()) prepared.push(await prepareSet(set, `sets[${i}]`, options));
  return prepared;
}
