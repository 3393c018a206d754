/**
 * The child process that runs the built-in trainer for one run: an abort of WebAssembly is final for its process, and must not take the
 * worker along. Talks to the worker in child-messages.ts.
 */
import { ApiClient } from '../api-client/api-client.js';
import type { Backend, RunConfig } from '../core/run-config.js';
import { resolveTrialConfig } from '../core/sweep-config-trial.js';
import type { RunCheck } from '../data/quality/run-check.js';
import { type BackendChoice, chooseBackend } from '../training/backends.js';
import { type Continuation, openContinuation } from '../training/resuming.js';
import { type RunInputs, readRunInputs } from '../training/run-inputs.js';
import type { AnsweredItem } from '../training/score-columns.js';
import { type TrainingHooks, type TrainingResult, trainRun } from '../training/train-run.js';
import { openChannel } from './child-channel.js';
import { failedEnding, type Preparation, type RunEnding } from './child-messages.js';
import { describeError } from './describe-error.js';
import { keepScores, knownScores } from './known-scores.js';
import { writeAnswers } from './record-evaluations.js';
import { checkOnce, checkText, refuseLeakage } from './run-quality.js';
import { runScoreCommand } from './score-command.js';

const channel = openChannel(() => process.exit(1));
let config: RunConfig;
let outputFolder: string;
let continuation: Continuation;
let inputs: RunInputs;
let check: RunCheck;
let scoresFolder: string;
let isAskedToStop = false;
let lastStep = 0;
let stopAfter = Infinity;

const log = (line: string) => channel.send({ kind: 'log', lines: [line] });
const hooks: TrainingHooks = {
  onPoints: (points) =>
    channel.send({ kind: 'points', points: points.map((p) => ({ ...p, time: Date.now() })) }),
  onMemory: ({ bytes }) => channel.send({ kind: 'memory', bytes }),
  onProgress: (progress) => {
    lastStep = progress.step;
    channel.send({ kind: 'progress', progress });
  },
  runScoreCommand,
  shouldStop: () => isAskedToStop || lastStep >= stopAfter,
  log,
};

async function prepare(preparation: Preparation): Promise<void> {
  outputFolder = preparation.outputFolder;
  stopAfter = preparation.stopAfter ?? Infinity;
  scoresFolder = preparation.scoresFolder;
  hooks.knownScores = knownScores(
    preparation.url === '' ? null : new ApiClient(preparation.url),
    scoresFolder,
  );
  const given = resolveTrialConfig({ run: preparation.config as object }, {});
  inputs = await readRunInputs(given);
  check = await checkOnce(inputs.datasets, preparation.checksFolder);
  log(checkText(check));
  const backend = await chooseFor(given, preparation.preferredBackend);
  config = { ...given, backend: backend.backend };
  const { runId, stateFile, resumeFrom, mayDiffer } = preparation;
  continuation = await openContinuation({ config, inputs, runId, stateFile, resumeFrom, mayDiffer }, log);
  const { from } = continuation;
  const resumedFrom = from ? { runId: from.runId, step: from.step } : undefined;
  channel.send({ kind: 'ready', inputs, backend, resumedFrom, check });
}

async function chooseFor({ backend }: RunConfig, preferred: string | null): Promise<BackendChoice> {
  if (preferred === null) return chooseBackend(backend);
  return chooseBackend(preferred as Backend).catch(() => chooseBackend(backend));
}

async function train(): Promise<void> {
  // not before the run is described: what its data is, and what is wrong with it, is part of its record
  refuseLeakage(check, inputs.datasets, config.data.allowLeakage);
  const answers = new Map<string, AnsweredItem[]>();
  const onAnswers = (set: string, items: AnsweredItem[]) => answers.set(set, items);
  const result = await trainRun(config, outputFolder, { ...hooks, onAnswers }, undefined, continuation);
  for (const [set, items] of answers) await writeAnswers(outputFolder, set, items);
  await keepScores(scoresFolder, result.evaluations);
  channel.sendLast({ kind: 'ended', ending: endingOf(result) });
}

function endingOf(result: TrainingResult): RunEnding {
  const {
    outcome,
    reason,
    evaluations,
    trainableParameters,
    totalParameters,
    adapterScales,
    bestStep,
    steps,
    tokens,
    seconds,
    memory,
  } = result;
  const tokensPerSecond = seconds > 0 ? tokens / seconds : null;
  const sizes = { trainableParameters, totalParameters, adapterScales };
  const { estimatedBytes: estimatedMemoryBytes, peakBytes: peakMemoryBytes } = memory;
  const used = { seconds, tokensPerSecond, estimatedMemoryBytes, peakMemoryBytes };
  const facts = { ...sizes, bestStep, steps, tokens, ...used };
  return { outcome, reason, error: null, facts, evaluations };
}

function fail(error: unknown): void {
  channel.sendLast({ kind: 'ended', ending: failedEnding(describeError(error)) });
}

channel.onMessage((message) => {
  if (message.kind === 'prepare') prepare(message.preparation).catch(fail);
  if (message.kind === 'begin') train().catch(fail);
  if (message.kind === 'stop') isAskedToStop = true;
});
