import { type EarlyTerminate, readEarlyTerminate } from './early-terminate.js';
import type { Objective, OutcomeConstraint } from './outcome.js';
import { type RankBudget, readRankBudget } from './rank-budget.js';
import type { RunConfigInput } from './run-config.js';
import type { Parameters, SearchSpace } from './search-space.js';
import { readStopRules, type StopRules } from './stop-rules.js';
import { readCommand } from './sweep-config-command.js';
import { checkFormulas, readConstraints, readTryFirst } from './sweep-config-formulas.js';
import { checkTrainerMetric, readObjectives, warnOfEndOnly } from './sweep-config-metric.js';
import { type KnownNames, outcomeConstraintsAmong, readOutcomeConstraints } from './sweep-config-outcomes.js';
import {
  type PlacedParameter,
  readParameters,
  refuseEndlessGrid,
  warnOfCounts,
} from './sweep-config-parameters.js';
import { readRun } from './sweep-config-run.js';
import { FieldReader } from './yaml-fields.js';
import { readYaml, refuse } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';

export const SWEEP_METHODS = ['bayes', 'random', 'sobol', 'grid'] as const;
export type SweepMethod = (typeof SWEEP_METHODS)[number];

/** A sweep file in normal form. Exactly one of `run` (built-in trainer) and `command` (any program) is there. */
export interface SweepConfig {
  name: string | null;
  description: string | null;
  project: string | null;
  method: SweepMethod;
  /** the only objective, or the first of several; null: none named (grid and random only) */
  metric: Objective | null;
  /** two or more objectives; absent with one */
  metrics?: Objective[];
  /** what a trial must keep to be a result */
  outcomeConstraints?: OutcomeConstraint[];
  parameters: SearchSpace;
  /** formulas that every trial fulfils; absent in sweeps of earlier versions */
  constraints?: string[];
  /** points that are tried before any other */
  tryFirst?: Parameters[];
  runCap: number | null;
  earlyTerminate: EarlyTerminate | null;
  stop: StopRules;
  /** IDs of earlier sweeps of the same space, whose trials the search knows from the start */
  warmStart: string[];
  seed: number;
  /** runs of one configuration with different seeds, at most */
  seeds: number;
  /** the rank starts small and is raised while that is better */
  rank?: RankBudget;
  /** the fixed part of the built-in trainer's config; a trial's parameters override paths in it */
  run: RunConfigInput | null;
  /** the command with its macros, e.g. ["${env}", "${interpreter}", "${program}", "${args}"] */
  command: string[] | null;
  program: string | null;
  /** things that a person should know: exponents of log_uniform, keys that have no effect here */
  warnings: string[];
}

const KEYS = [
  ...[
    'name',
    'description',
    'project',
    'method',
    'metric',
    'metrics',
    'parameters',
    'constraints',
    'outcome_constraints',
    'try_first',
    'run_cap',
    'early_terminate',
    'stop',
    'warm_start',
    'rank',
  ],
  ...['program', 'command', 'run', 'seed', 'seeds'],
];
/** W&B's keys for its own service and for its Launch queues: a file that has them is taken as it is. */
const LAUNCH = ['job', 'image_uri', 'scheduler', 'launch'];
const IGNORED = ['entity', 'controller', 'apiVersion', 'kind', ...LAUNCH];

/**
 * Reads a sweep file: W&B's keys, and ours (`run`, `seed`, `count` on a range).
 * @param source the file's name for messages
 * @throws RanksweepError INVALID_INPUT with every problem: field, line, column, what was found, what is allowed
 */
export function parseSweep(text: string, source = 'sweep'): SweepConfig {
  const yaml = readYaml(text, source);
  const reader = new FieldReader(yaml);
  const file = reader.map([], yaml.value) ?? refuse(source, reader.problems);
  const sweep = readSweep(reader, file);
  return reader.problems.length > 0 ? refuse(source, reader.problems) : sweep;
}

/** Absent or faulty fields come out as null or empty; faults are in the reader. */
function readSweep(reader: FieldReader, file: Record<string, unknown>): SweepConfig {
  reportKeys(reader, file);
  const placed = readPlaced(reader, file);
  const rank = readRankBudget(reader, file.rank, placed);
  checkFormulas(reader, placed);
  const tryFirst = readTryFirst(reader, file, placed);
  const method = readMethod(reader, file);
  if (method === 'grid') refuseEndlessGrid(reader, placed);
  else warnOfCounts(reader, placed);
  const run = file.run === undefined ? undefined : readRun(reader, file.run, placed);
  const command = readCommand(reader, file);
  requireOneProgram(reader, file);
  const { constraints, outcomeConstraints } = readLimits(reader, file, { placed, run });
  const objectives = readObjectives(reader, file, method);
  checkObjectives(reader, file, run, objectives);
  if (rank !== undefined) requireOneObjective(reader, objectives);
  const earlyTerminate = readStopping(reader, file, run, objectives);
  return {
    name: reader.text(['name'], file.name) ?? null,
    description: reader.text(['description'], file.description) ?? null,
    project: reader.text(['project'], file.project) ?? null,
    method,
    metric: objectives[0] ?? null,
    ...(objectives.length > 1 && { metrics: objectives }),
    ...(outcomeConstraints.length > 0 && { outcomeConstraints }),
    parameters: placed.flatMap((p) => p.parameter ?? []),
    ...(constraints.length > 0 && { constraints }),
    ...(tryFirst.length > 0 && { tryFirst }),
    runCap: reader.int(['run_cap'], file.run_cap, 1) ?? null,
    earlyTerminate,
    stop: readStopRules(reader, file.stop),
    warmStart: readWarmStart(reader, file.warm_start),
    seed: reader.int(['seed'], file.seed, 0) ?? 0,
    seeds: reader.int(['seeds'], file.seeds, 1) ?? 1,
    ...(rank && { rank }),
    run: run ?? null,
    command: command ?? null,
    program: reader.text([], typeof file.program === 'string' ? file.program : undefined) ?? null,
    warnings: reader.warnings,
  };
}

/** Constraints of the space, and those of what a trial brings. */
function readLimits(reader: FieldReader, file: Record<string, unknown>, names: KnownNames) {
  const list = typeof file.constraints === 'string' ? [file.constraints] : file.constraints;
  const mixed = Array.isArray(list) ? outcomeConstraintsAmong(reader, list, names) : new Map();
  const constraints = readConstraints(reader, list, names.placed, (i) => mixed.has(i));
  return {
    constraints,
    outcomeConstraints: [...mixed.values(), ...readOutcomeConstraints(reader, file, names)],
  };
}

function checkObjectives(
  reader: FieldReader,
  file: Record<string, unknown>,
  run: RunConfigInput | undefined,
  objectives: readonly Objective[],
): void {
  if (run === undefined) return;
  for (const [i, objective] of objectives.entries()) {
    checkTrainerMetric(reader, run, file.metrics === undefined ? ['metric'] : ['metrics', i], objective);
  }
}

/** "Better" has one meaning only where there is one goal. */
function requireOneObjective(reader: FieldReader, objectives: readonly Objective[]): void {
  if (objectives.length === 1) return;
  const found = objectives.length === 0 ? 'no metric' : `${objectives.length} metrics`;
  reader.report(['rank'], `grows while the metric is better: found ${found}, expected one`, 'key');
}

function readStopping(
  reader: FieldReader,
  file: Record<string, unknown>,
  run: RunConfigInput | undefined,
  objectives: readonly Objective[],
): EarlyTerminate | null {
  const rule = file.early_terminate == null ? null : readEarlyTerminate(reader, file.early_terminate);
  if (rule !== null) warnOfEndOnly(reader, run, rule.metrics ?? objectives);
  return rule;
}

function reportKeys(reader: FieldReader, file: Record<string, unknown>): void {
  for (const key of Object.keys(file)) {
    if (!KEYS.includes(key) && !IGNORED.includes(key))
      reader.report([key], `unknown key "${key}", ${suggestion(key, KEYS)}`, 'key');
  }
  for (const key of IGNORED) {
    if (key in file) reader.warn([key], 'has no effect here');
  }
}

function readPlaced(reader: FieldReader, file: Record<string, unknown>): PlacedParameter[] {
  if (file.parameters !== undefined) return readParameters(reader, file.parameters);
  reader.report(['parameters'], 'missing, expected a map of parameters');
  return [];
}

function readMethod(reader: FieldReader, file: Record<string, unknown>): SweepMethod {
  const method = reader.word(['method'], file.method, SWEEP_METHODS);
  if (file.method === undefined) reader.report(['method'], `missing, allowed: ${SWEEP_METHODS.join(', ')}`);
  return method ?? 'random';
}

function readWarmStart(reader: FieldReader, value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const ids = reader.list(['warm_start'], typeof value === 'string' ? [value] : value) ?? [];
  return ids.flatMap((id, i) => reader.text(['warm_start', i], id) ?? []);
}

function requireOneProgram(reader: FieldReader, file: Record<string, unknown>): void {
  const given = ['run', 'command', 'program'].filter((key) => file[key] !== undefined);
  if (given.length === 0) {
    reader.report([], 'give run (the config of the built-in trainer), or program or command (any program)');
  }
  if (given[0] === 'run' && given.length > 1) {
    reader.report([given[1]!], `give either run or ${given[1]}, not both`, 'key');
  }
}
