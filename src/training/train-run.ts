import { countScales, type ScaleCount, scalesText } from '../core/adapter-scales.js';
import type { EvaluationRole, RunConfig } from '../core/run-config.js';
import { chooseBackend } from './backends.js';
import { type BaseScores, type KnownScores, scoreBase } from './base-scores.js';
import { parameterCount } from './layout.js';
import { describeMemory, type MemoryEstimate } from './memory-estimate.js';
import { checkMemory, type MemoryPlan, planMemory } from './memory-plan.js';
import { availableBytes, peakProcessBytes } from './memory-use.js';
import { createMethod, type Method } from './method.js';
import { primitives } from './ops.js';
import { type PreparedRun, prepareRun } from './prepare-run.js';
import { describeQuantization } from './quantization/quantized-matrix.js';
import type { Continuation } from './resuming.js';
import {
  type AnsweredItem,
  answeredItems,
  lossOf,
  type ScoreColumn,
  type ScoreCommand,
} from './score-columns.js';
import {
  changePoints,
  type SetScores,
  scorePoints,
  scoreSets,
  suiteHashOf,
  toEvaluation,
} from './score-sets.js';
import { TimeLeft } from './time-left.js';
import { type LoopEnd, trainLoop } from './train-loop.js';

export interface TrainingPoint {
  metric: string;
  step: number;
  value: number;
}

export interface TrainingProgress {
  step: number;
  steps: number;
  loss: number;
  tokensPerSecond: number;
  learningRate: number;
  /** of the whole gradient, before clipping */
  gradientNorm: number;
  /** resident memory of the process */
  memoryBytes: number;
  /** until everything is done, evaluations included; an estimate */
  secondsLeft: number;
}

export interface TrainingHooks {
  onPoints?(points: TrainingPoint[]): void;
  onProgress?(progress: TrainingProgress): void;
  /** what the run will need, before it begins */
  onMemory?(estimate: MemoryEstimate): void;
  /** values of base scores that are known from before, by key: what is there is not computed */
  knownScores?: KnownScores;
  /** runs a score's command on what the model wrote */
  runScoreCommand?: ScoreCommand;
  /** what the kept weights wrote on a set */
  onAnswers?(set: string, answers: AnsweredItem[]): void;
  /** asked after every step */
  shouldStop?(): boolean;
  log?(line: string): void;
}

/** One score of the kept weights on a set, by item, beside the base's. */
export interface ScoredColumn extends ScoreColumn {
  baseValues: Float64Array | null;
  /** what the base's values are stored under; null: as what they say */
  baseKey: string | null;
}

/** How the kept weights do on one evaluation set, beside the base. Losses in nats per predicted token; NaN and 0 tokens without. */
export interface EvaluationScore {
  name: string;
  role: EvaluationRole;
  items: number;
  tokens: number;
  bytes: number;
  loss: number;
  bitsPerByte: number;
  baseLoss: number;
  baseBitsPerByte: number;
  /** canonical hash of the data */
  dataset: string;
  /** of the suite that the set is a part of */
  suiteHash: string;
  /** how far the set is from the training data */
  distance: string | null;
  /** identities of the items; the lists by item are parallel */
  keys: string[];
  groups: (string | null)[] | null;
  scores: ScoredColumn[];
}

export interface TrainingResult {
  outcome: 'finished' | 'diverged' | 'stopped';
  /** why it ended early; null if it went through all steps */
  reason: string | null;
  /** optimiser steps done */
  steps: number;
  /** the step with the lowest validation loss; null without validation */
  bestStep: number | null;
  trainableParameters: number;
  totalParameters: number;
  /** of the process: the estimate before training, and what it had at most */
  memory: { estimatedBytes: number; peakBytes: number };
  /** what the updates of the adapted modules are multiplied by; empty for the full method */
  adapterScales: ScaleCount[];
  /** tokens that training saw */
  tokens: number;
  seconds: number;
  /** empty if the run diverged or was stopped */
  evaluations: EvaluationScore[];
  /** in PEFT's layout, inside the output folder; null if no adapter is kept. Method full leaves `checkpoint/` instead */
  adapterFolder: string | null;
}

/**
 * Trains one run: everything that can be wrong is checked first, then the base is scored, then training, then the kept weights
 * are scored and written. A loss that is not finite or leaves all bounds is an outcome, not an error.
 * @param continuation where its state is left at the config's interval and when it is stopped, and the state that it goes on from
 * @throws RanksweepError INVALID_INPUT, NOT_FOUND or UNAVAILABLE before any training
 */
export async function trainRun(
  config: RunConfig,
  outputFolder: string,
  hooks: TrainingHooks,
  signal?: AbortSignal,
  continuation: Continuation | null = null,
): Promise<TrainingResult> {
  const began = performance.now();
  const before = continuation?.from?.seconds ?? 0;
  const { prepared, memory, backend } = await prepare(config, hooks);
  if (config.method === 'lora' && config.lora.initialization === 'pissa')
    hooks.log?.('pissa: the largest singular values of each adapted weight are computed first');
  const method = createMethod(config, prepared.base);
  const adapterScales = countScales(method.scales);
  hooks.log?.(trainedText(method, adapterScales));
  try {
    const { end, kept } = await train(config, prepared, method, {
      hooks,
      signal,
      continuation,
      outputFolder,
      backend,
    });
    const adapter = config.method === 'lora' ? method.parameters.count : 0;
    return {
      outcome: end.outcome,
      reason: end.reason,
      steps: end.steps,
      bestStep: end.bestStep,
      trainableParameters: method.parameters.count,
      totalParameters: parameterCount(prepared.base.config) + adapter,
      adapterScales,
      tokens: end.tokens,
      seconds: before + (performance.now() - began) / 1000,
      memory: { estimatedBytes: memory.estimate.bytes, peakBytes: peakProcessBytes() },
      ...kept,
    };
  } finally {
    method.dispose();
  }
}

/** Reads all that the run needs, once it is known that there is memory for it. */
async function prepare(config: RunConfig, hooks: TrainingHooks) {
  const { backend, device, why } = await chooseBackend(config.backend);
  hooks.log?.(`backend ${backend}${device ? ` on ${device}` : ''}: ${why}`);
  const memory: MemoryPlan[] = [];
  const prepared = await prepareRun(config, (plan) => {
    const planned = planMemory(config, plan, backend, primitives().takesLongRows);
    hooks.onMemory?.(planned.estimate);
    hooks.log?.(`needs about ${describeMemory(planned.estimate)}`);
    checkMemory(config, plan.model, planned, availableBytes());
    memory.push(planned);
  });
  const { quantized } = prepared.base;
  if (quantized) hooks.log?.(describeQuantization(quantized));
  for (const warning of prepared.warnings) hooks.log?.(warning);
  return { prepared, memory: memory[0]!, backend };
}

interface Surroundings {
  hooks: TrainingHooks;
  signal?: AbortSignal;
  continuation: Continuation | null;
  outputFolder: string;
  backend: string;
}

/** The base is scored, then training, then what is kept of it. */
async function train(
  config: RunConfig,
  prepared: PreparedRun,
  method: Method,
  { hooks, signal, continuation, outputFolder, backend }: Surroundings,
) {
  const began = performance.now();
  const identity = { hash: prepared.baseHash, quantization: config.quantization, backend };
  const measuring = { prepared, layers: method.baseLayers(), runCommand: hooks.runScoreCommand };
  const base = await scoreBase(measuring, identity, hooks.knownScores);
  if (base.reused.length > 0)
    hooks.log?.(`the base's scores are known from before: ${base.reused.join(', ')}`);
  hooks.onPoints?.(scorePoints(prepared, base.scores, 0));
  const scoringSeconds = (performance.now() - began) / 1000;
  const timeLeft = new TimeLeft(prepared.steps, config.evaluationInterval, scoringSeconds);
  const end = await trainLoop(config, prepared, method, { hooks, timeLeft, continuation, signal });
  const isKept = end.outcome === 'finished';
  const kept = isKept ? await keep(prepared, method, base, end, hooks, outputFolder) : NOTHING;
  return { end, kept };
}

function trainedText({ parameters }: Method, scales: ScaleCount[]): string {
  const count = `${parameters.count.toLocaleString('en-US')} parameters are trained`;
  return scales.length === 0 ? count : `adapter: ${scalesText(scales)}; ${count}`;
}

const NOTHING: Pick<TrainingResult, 'evaluations' | 'adapterFolder'> = {
  evaluations: [],
  adapterFolder: null,
};

/** Scores and writes the weights that the loop left. What an update after the last loss broke shows here only. */
async function keep(
  prepared: PreparedRun,
  method: Method,
  base: BaseScores,
  end: LoopEnd,
  hooks: TrainingHooks,
  outputFolder: string,
): Promise<Pick<TrainingResult, 'evaluations' | 'adapterFolder'> & Partial<TrainingResult>> {
  const scores = await scoreSets({ prepared, layers: method.layers(), runCommand: hooks.runScoreCommand });
  hooks.onPoints?.([
    ...scorePoints(prepared, scores, end.steps),
    ...changePoints(prepared, scores, base.scores, end.steps),
  ]);
  const losses = scores.map(({ columns }) => lossOf(columns)?.loss ?? 0);
  const lost = losses.findIndex((loss) => !Number.isFinite(loss));
  if (lost >= 0) {
    const reason = `the loss on ${prepared.evaluations[lost]!.name} is ${losses[lost]} after step ${end.keptStep}`;
    return { ...NOTHING, outcome: 'diverged', reason };
  }
  tellAnswers(prepared, scores, hooks);
  const { baseHash, tokenizer } = prepared;
  const destination = { outputFolder, baseHash, endOfText: tokenizer.endOfText, step: end.keptStep };
  const suiteHash = suiteHashOf(prepared.evaluations);
  return {
    evaluations: prepared.evaluations.map((set, i) =>
      toEvaluation(set, scores[i]!, base.scores[i]!, base.keys[i]!, suiteHash),
    ),
    adapterFolder: await method.save(destination),
  };
}

function tellAnswers({ evaluations }: PreparedRun, scores: SetScores[], hooks: TrainingHooks): void {
  for (const [i, set] of evaluations.entries()) {
    const { answers } = scores[i]!;
    if (answers !== null) hooks.onAnswers?.(set.name, answeredItems(set, answers));
  }
}
