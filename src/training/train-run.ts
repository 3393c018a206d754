import { countScales, type ScaleCount, scalesText } from '../core/adapter-scales.js';
import type { EvaluationRole, RunConfig } from '../core/run-config.js';
import { chooseBackend } from './backends.js';
import { evaluate, type Score } from './evaluate.js';
import { parameterCount } from './layout.js';
import type { Layers } from './llama.js';
import { createMethod, type Method } from './method.js';
import { type PreparedRun, prepareRun } from './prepare-run.js';
import { describeQuantization } from './quantization/quantized-matrix.js';
import type { Continuation } from './resuming.js';
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
  /** asked after every step */
  shouldStop?(): boolean;
  log?(line: string): void;
}

/** How the kept weights do on one evaluation set, beside the base. Losses in nats per predicted token. */
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
  const prepared = await prepareRun(config);
  const backend = await chooseBackend(config.backend);
  hooks.log?.(`backend ${backend.backend}: ${backend.why}`);
  const { quantized } = prepared.base;
  if (quantized) hooks.log?.(describeQuantization(quantized));
  for (const warning of prepared.warnings) hooks.log?.(warning);
  const method = createMethod(config, prepared.base);
  const adapterScales = countScales(method.scales);
  hooks.log?.(trainedText(method, adapterScales));
  try {
    const scoringBegan = performance.now();
    const baseScores = await scoreSets(prepared, method.baseLayers());
    hooks.onPoints?.(scorePoints(prepared, baseScores, 0));
    const scoringSeconds = (performance.now() - scoringBegan) / 1000;
    const timeLeft = new TimeLeft(prepared.steps, config.evaluationInterval, scoringSeconds);
    const end = await trainLoop(config, prepared, method, { hooks, timeLeft, continuation, signal });
    const kept =
      end.outcome === 'finished'
        ? await keep(prepared, method, baseScores, end, hooks, outputFolder)
        : NOTHING;
    return {
      outcome: end.outcome,
      reason: end.reason,
      steps: end.steps,
      bestStep: end.bestStep,
      trainableParameters: method.parameters.count,
      totalParameters:
        parameterCount(prepared.base.config) + (config.method === 'lora' ? method.parameters.count : 0),
      adapterScales,
      tokens: end.tokens,
      seconds: before + (performance.now() - began) / 1000,
      ...kept,
    };
  } finally {
    method.dispose();
  }
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
  baseScores: Score[],
  end: LoopEnd,
  hooks: TrainingHooks,
  outputFolder: string,
): Promise<Pick<TrainingResult, 'evaluations' | 'adapterFolder'> & Partial<TrainingResult>> {
  const scores = await scoreSets(prepared, method.layers());
  hooks.onPoints?.([
    ...scorePoints(prepared, scores, end.steps),
    ...changePoints(prepared, scores, baseScores, end.steps),
  ]);
  const lost = scores.findIndex(({ loss }) => !Number.isFinite(loss));
  if (lost >= 0) {
    const reason = `the loss on ${prepared.evaluations[lost]!.name} is ${scores[lost]!.loss} after step ${end.keptStep}`;
    return { ...NOTHING, outcome: 'diverged', reason };
  }
  const { baseHash, tokenizer } = prepared;
  const destination = { outputFolder, baseHash, endOfText: tokenizer.endOfText, step: end.keptStep };
  return {
    evaluations: prepared.evaluations.map((set, i) => toEvaluation(set, scores[i]!, baseScores[i]!)),
    adapterFolder: await method.save(destination),
  };
}

async function scoreSets({ base, evaluations }: PreparedRun, layers: Layers): Promise<Score[]> {
  const scores: Score[] = [];
  for (const { sequences } of evaluations) scores.push(await evaluate(base.config, layers, sequences));
  return scores;
}

function toEvaluation(set: PreparedRun['evaluations'][number], score: Score, base: Score): EvaluationScore {
  const { name, role, items, dataset } = set;
  return { name, role, items, dataset, ...score, baseLoss: base.loss, baseBitsPerByte: base.bitsPerByte };
}

/** `<role>/<name>/loss` for each set, and `<role>/loss` over the sets of a role, weighted by tokens. */
function scorePoints({ evaluations }: PreparedRun, scores: Score[], step: number): TrainingPoint[] {
  const sets = evaluations.map(({ role, name }, i) => ({
    metric: `${role}/${name}/loss`,
    step,
    value: scores[i]!.loss,
  }));
  const roles = [...new Set(evaluations.map(({ role }) => role))];
  const means = roles.map((role) => ({
    metric: `${role}/loss`,
    step,
    value: roleLoss(evaluations, scores, role)!,
  }));
  return [...means, ...sets];
}

function changePoints(
  { evaluations }: PreparedRun,
  scores: Score[],
  baseScores: Score[],
  step: number,
): TrainingPoint[] {
  const [now, before] = [scores, baseScores].map((of) => roleLoss(evaluations, of, 'base_capability'));
  if (now === null || before === null) return [];
  return [{ metric: 'base_capability/change', step, value: now! - before! }];
}

function roleLoss(sets: PreparedRun['evaluations'], scores: Score[], role: EvaluationRole): number | null {
  const own = scores.filter((_, i) => sets[i]!.role === role);
  const tokens = own.reduce((sum, score) => sum + score.tokens, 0);
  return tokens === 0 ? null : own.reduce((sum, score) => sum + score.loss * score.tokens, 0) / tokens;
}
