import { type RunConfigInput, runConfigSchema } from './run-config.js';
import type { BetaParameter, FloatParameter, NormalParameter, ParameterSpec } from './search-space.js';
import { quantileOf } from './search-space-quantile.js';
import type { PlacedParameter } from './sweep-config-parameters.js';
import { runConfigKeys, runConfigPaths } from './sweep-config-paths.js';
import { withParameters } from './sweep-config-trial.js';
import type { FieldReader } from './yaml-fields.js';
import { formatPath, type Path } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';
import { show } from './yaml-value.js';
import { type FieldProblem, problemsOf } from './yaml-zod.js';

/**
 * Checks the `run:` part and everything that the parameters may put into it: each listed value, the ends of each range and, where
 * fractions may be drawn, one of them. Problems of the fixed part point into it, those of a parameter at its value.
 */
export function readRun(
  reader: FieldReader,
  value: unknown,
  placed: PlacedParameter[],
): RunConfigInput | undefined {
  const run = reader.map(['run'], value);
  if (run === undefined) return undefined;
  const candidates = placed
    .filter((p) => isRunPath(reader, p))
    .map(({ name, path, parameter }) => ({
      name,
      values: parameter === undefined ? [] : candidatesOf(parameter, path),
    }));
  const sample = Object.fromEntries(candidates.map(({ name, values }) => [name, values[0]?.value]));
  reportFixedPart(reader, run, sample);
  for (const { name, values } of candidates) {
    for (const candidate of values) reportCandidate(reader, run, sample, name, candidate);
  }
  return run as RunConfigInput;
}

function isRunPath(reader: FieldReader, { name, path }: PlacedParameter): boolean {
  const known = runConfigPaths();
  if (known.includes(name)) return true;
  reader.report(path, `is no field of the run config, ${nearestPath(name, known)}`, 'key');
  return false;
}

/** A bare `rank` means `lora.rank`: the last part decides where the whole path is far from all. */
function nearestPath(name: string, known: string[]): string {
  const last = name.split('.').at(-1)!;
  const sameEnd = known.filter((path) => path.split('.').at(-1) === last);
  if (sameEnd.length > 0) return `did you mean ${sameEnd.map((p) => `"${p}"`).join(' or ')}?`;
  const whole = suggestion(name, known);
  if (whole.startsWith('did')) return whole;
  const ends = known.map((path) => path.split('.').at(-1)!);
  const end = suggestion(last, ends);
  const near = known.find((path) => end === `did you mean "${path.split('.').at(-1)}"?`);
  return near === undefined ? `allowed: ${known.join(', ')}` : `did you mean "${near}"?`;
}

function issuesOf(config: Record<string, unknown>): FieldProblem[] {
  const result = runConfigSchema.safeParse(config);
  return result.success ? [] : problemsOf(result.error.issues, config, runConfigKeys);
}

function isBelow(path: Path, name: string): boolean {
  const field = formatPath(path);
  return field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`);
}

function reportFixedPart(
  reader: FieldReader,
  run: Record<string, unknown>,
  sample: Record<string, unknown>,
): void {
  for (const { path, message, part } of issuesOf(withParameters(run, sample))) {
    if (Object.keys(sample).some((name) => isBelow(path, name))) continue;
    reader.report(['run', ...path], message, part);
  }
}

interface Candidate {
  value: unknown;
  /** where it stands in the file; the parameter's own place if it is drawn */
  path: Path;
  /** not written in the file but drawn from the distribution */
  drawn?: boolean;
}

function reportCandidate(
  reader: FieldReader,
  run: Record<string, unknown>,
  sample: Record<string, unknown>,
  name: string,
  { value, path, drawn }: Candidate,
): void {
  for (const problem of issuesOf(withParameters(run, { ...sample, [name]: value }))) {
    if (!isBelow(problem.path, name)) continue;
    const inner = problem.path.slice(name.split('.').length);
    if (drawn && reader.problems.some((p) => p.field.startsWith(formatPath(path)))) return;
    const hint = drawn ? drawnHint(problem.message, value) : problem.message;
    reader.report([...path, ...inner], hint, drawn ? 'key' : problem.part);
  }
}

function drawnHint(message: string, value: unknown): string {
  const whole = message.includes('a whole number')
    ? ': use distribution: q_uniform with q: 1, or whole limits'
    : '';
  return `may draw ${show(value)}, ${message.replace(/^found .*?, (?=expected)/, '')}${whole}`;
}

function candidatesOf(parameter: ParameterSpec, path: Path): Candidate[] {
  switch (parameter.kind) {
    case 'constant':
      return [{ value: parameter.value, path: [...path, 'value'] }];
    case 'categorical':
      return parameter.values.map((value, i) => ({ value, path: [...path, 'values', i] }));
    case 'int':
      return ends(path, parameter.min, parameter.max);
    case 'tied':
      return [];
    default:
      return drawnCandidates(parameter, path);
  }
}

function ends(path: Path, min: unknown, max: unknown): Candidate[] {
  return [
    { value: min, path: [...path, 'min'] },
    { value: max, path: [...path, 'max'] },
  ];
}

/** Beside the ends of a float range a fraction inside it; of an unbounded distribution, draws of one in ten thousand. */
function drawnCandidates(
  parameter: FloatParameter | NormalParameter | BetaParameter,
  path: Path,
): Candidate[] {
  const draw = (u: number): Candidate => ({ value: rounded(quantileOf(parameter, u)), path, drawn: true });
  if (parameter.kind !== 'float') return [0.5, 0.0001, 0.9999].map(draw);
  return [...ends(path, quantileOf(parameter, 0), quantileOf(parameter, 1)), draw(0.38196601125)];
}

function rounded(value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
