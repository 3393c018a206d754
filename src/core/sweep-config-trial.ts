import { RanksweepError } from './errors.js';
import { type RunConfig, runConfigSchema } from './run-config.js';
import type { Parameters } from './search-space.js';
import { runConfigKeys } from './sweep-config-paths.js';
import { formatPath } from './yaml-source.js';
import { isMapping } from './yaml-value.js';
import { problemsOf } from './yaml-zod.js';

/** The fixed part of a run config with dotted parameters set in it; neither argument is changed. */
export function withParameters(run: object, parameters: Parameters): Record<string, unknown> {
  return Object.entries(parameters).reduce<Record<string, unknown>>(
    (config, [name, value]) => withValue(config, name.split('.'), value),
    { ...run },
  );
}

function withValue(
  map: Record<string, unknown>,
  [key, ...rest]: string[],
  value: unknown,
): Record<string, unknown> {
  const below = Object.hasOwn(map, key!) ? map[key!] : undefined;
  const next = rest.length === 0 ? value : withValue(isMapping(below) ? below : {}, rest, value);
  return { ...map, [key!]: next };
}

/**
 * The complete config of one trial of the built-in trainer.
 * @throws RanksweepError INVALID_INPUT if the sweep has no `run:` part or the parameters do not fit the schema
 */
export function resolveTrialConfig(sweep: { run: object | null }, parameters: Parameters): RunConfig {
  if (sweep.run === null) {
    throw new RanksweepError('INVALID_INPUT', 'this sweep runs a command: its trials have no run config');
  }
  const input = withParameters(sweep.run, parameters);
  const result = runConfigSchema.safeParse(input);
  if (result.success) return result.data;
  const problems = problemsOf(result.error.issues, input, runConfigKeys);
  throw new RanksweepError(
    'INVALID_INPUT',
    'the parameters do not fit the run config',
    problems.map(({ path, message }) => ({ field: formatPath(path), message })),
  );
}
