import type { Goal } from './metric-value.js';
import type { RunConfigInput } from './run-config.js';
import type { SearchSpace } from './search-space.js';

export const SWEEP_METHODS = ['bayes', 'random', 'grid'] as const;
export type SweepMethod = (typeof SWEEP_METHODS)[number];

export interface SweepMetric {
  name: string;
  goal: Goal;
  /** the sweep ends when a trial reaches this */
  target?: number;
}

/** W&B's early_terminate: bands at minIter·eta^k, or at maxIter/eta^k for k = 1…s; exactly one of the two ways is given. */
export interface EarlyTerminate {
  type: 'hyperband';
  minIter: number | null;
  maxIter: number | null;
  s: number | null;
  eta: number;
  /** true: judge a run by its value at the band; false: by its best value so far */
  strict: boolean;
}

/** A sweep file in normal form. Exactly one of `run` (built-in trainer) and `command` (any program) is there. */
export interface SweepConfig {
  name: string | null;
  description: string | null;
  project: string | null;
  method: SweepMethod;
  /** null: none named (grid and random only) */
  metric: SweepMetric | null;
  parameters: SearchSpace;
  runCap: number | null;
  earlyTerminate: EarlyTerminate | null;
  seed: number;
  /** the fixed part of the built-in trainer's config; a trial's parameters override paths in it */
  run: RunConfigInput | null;
  /** the command with its macros, e.g. ["${env}", "${interpreter}", "${program}", "${args}"] */
  command: string[] | null;
  program: string | null;
  /** things that a person should know: exponents of log_uniform, keys that have no effect here */
  warnings: string[];
}
