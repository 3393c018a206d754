import { formatProblems, RanksweepError } from '../core/errors.js';
import type { Parameters } from '../core/search-space.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { commandFor } from '../core/sweep-config-command.js';
import { resolveTrialConfig, withParameters } from '../core/sweep-config-trial.js';

export interface TrialConfig {
  config: Record<string, unknown>;
  seed: number | null;
  /** why the parameters make no valid config; null: they do */
  problem: string | null;
}

/**
 * The complete config of one trial: the trainer's, every default filled in, or a command's parameters.
 * @param replicate is added to the seed
 */
export function configOf(sweep: SweepConfig, parameters: Parameters, replicate: number): TrialConfig {
  const plain = withParameters(sweep.run ?? {}, parameters);
  if (sweep.run === null)
    return { config: plain, seed: commandSeed(sweep, parameters, replicate), problem: null };
  try {
    const resolved = resolveTrialConfig(sweep, parameters);
    const config = { ...resolved, seed: resolved.seed + replicate };
    return { config, seed: config.seed, problem: null };
  } catch (error) {
    if (!(error instanceof RanksweepError)) throw error;
    const problem = [error.message, formatProblems(error.problems)].join('\n');
    return { config: plain, seed: null, problem };
  }
}

/** Program and arguments, or null for the built-in trainer. Variables of the environment are the worker's to fill in. */
export function trialCommand(sweep: SweepConfig, parameters: Parameters): string[] | null {
  return sweep.command === null ? null : commandFor(sweep, parameters, null);
}

/** A command's own parameter `seed`, or where the sweep asks for several the sweep's; null: it has none. */
function commandSeed(sweep: SweepConfig, { seed }: Parameters, replicate: number): number | null {
  if (typeof seed === 'number') return seed + replicate;
  return sweep.seeds > 1 ? sweep.seed + replicate : null;
}
