import { type GatePolicy, gatePolicySchema } from './gate-policy.js';
import { FieldReader } from './yaml-fields.js';
import { type Path, readYaml, refuse } from './yaml-source.js';
import { problemsOf } from './yaml-zod.js';

const KEYS = Object.keys(gatePolicySchema.shape);
const REQUIREMENT_KEYS = Object.keys(gatePolicySchema.shape.requirements.element.shape);

function keysAt(path: Path): readonly string[] {
  return path[0] === 'requirements' ? REQUIREMENT_KEYS : KEYS;
}

/**
 * A policy from YAML, complete with all defaults.
 * @param source the file's name for messages
 * @throws RanksweepError INVALID_INPUT with every problem: field, line, column, what was found, what is allowed
 */
export function parseGatePolicy(text: string, source = 'policy'): GatePolicy {
  const yaml = readYaml(text, source);
  const reader = new FieldReader(yaml);
  const value = reader.map([], yaml.value) ?? refuse(source, reader.problems);
  const result = gatePolicySchema.safeParse(value);
  if (result.success) return result.data;
  for (const { path, message, part } of problemsOf(result.error.issues, value, keysAt))
    reader.report(path, message, part);
  return refuse(source, reader.problems);
}
