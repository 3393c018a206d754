import { type RunConfig, runConfigSchema } from './run-config.js';
import { runConfigKeys } from './sweep-config-paths.js';
import { FieldReader } from './yaml-fields.js';
import { readYaml, refuse } from './yaml-source.js';
import { problemsOf } from './yaml-zod.js';

/**
 * A run config from YAML, complete with all defaults.
 * @param source the file's name for messages
 * @throws RanksweepError INVALID_INPUT with every problem: field, line, column, what was found, what is allowed
 */
export function parseRunConfig(text: string, source = 'run config'): RunConfig {
  const yaml = readYaml(text, source);
  const reader = new FieldReader(yaml);
  const value = reader.map([], yaml.value) ?? refuse(source, reader.problems);
  const result = runConfigSchema.safeParse(value);
  if (result.success) return result.data;
  for (const { path, message, part } of problemsOf(result.error.issues, value, runConfigKeys)) {
    reader.report(path, message, part);
  }
  return refuse(source, reader.problems);
}
