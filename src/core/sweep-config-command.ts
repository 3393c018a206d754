// biome-ignore-all lint/suspicious/noTemplateCurlyInString: W&B's macros look like templates
import type { Parameters } from './search-space.js';
import type { SweepConfig } from './sweep-config.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';

export const DEFAULT_COMMAND = ['${env}', '${interpreter}', '${program}', '${args}'];

/** The path of a file with the trial's parameters as JSON: the worker that starts the command writes it. */
export const PARAMETERS_FILE_MACRO = '${args_json_file}';

/** W&B's macros: one whole list item becomes no, one or many arguments. */
const MACROS: Record<string, (parameters: [string, unknown][], program: string) => string[]> = {
  env: () => ['/usr/bin/env'],
  interpreter: () => ['python'],
  program: (_, program) => [program],
  args: (parameters) => parameters.map(([name, value]) => `--${name}=${text(value)}`),
  args_no_equals: (parameters) => parameters.flatMap(([name, value]) => [`--${name}`, text(value)]),
  args_no_hyphens: (parameters) => parameters.map(([name, value]) => `${name}=${text(value)}`),
  args_append_hydra: (parameters) => parameters.map(([name, value]) => `+${name}=${text(value)}`),
  args_override_hydra: (parameters) => parameters.map(([name, value]) => `++${name}=${text(value)}`),
  args_no_boolean_flags: (parameters) => parameters.flatMap(withoutBooleans),
  args_json: (parameters) => [JSON.stringify(Object.fromEntries(parameters))],
  args_json_file: () => [PARAMETERS_FILE_MACRO],
};

function withoutBooleans([name, value]: [string, unknown]): string[] {
  if (typeof value !== 'boolean') return [`--${name}=${text(value)}`];
  return value ? [`--${name}`] : [];
}

/** Numbers as JavaScript prints them (Python reads 1e-7 too), booleans and null as Python writes them, as W&B's agent does. */
function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === null) return 'None';
  return JSON.stringify(value);
}

const MACRO = /^\$\{([a-z_]+)\}$/;
const VARIABLE = /\$\{envvar:([A-Z0-9_]*)\}/g;

/** Fills in ${envvar:NAME}; a variable that is not set leaves its name, as W&B does. */
export function withVariables(command: string[], environment: Record<string, string | undefined>): string[] {
  return command.map((item) => item.replace(VARIABLE, (_, name: string) => environment[name] ?? name));
}

/**
 * The program and arguments of one trial, macros filled in.
 * @param environment for ${envvar:NAME}; null: they stay, for a worker to fill in from its own
 */
export function commandFor(
  sweep: Pick<SweepConfig, 'command' | 'program'>,
  parameters: Parameters,
  environment: Record<string, string | undefined> | null = {},
): string[] {
  return (sweep.command ?? []).flatMap((item) => {
    const macro = MACROS[MACRO.exec(item)?.[1] ?? ''];
    if (macro !== undefined) return macro(Object.entries(parameters), sweep.program ?? '');
    return environment === null ? [item] : withVariables([item], environment);
  });
}

/** Reads `command` and `program`; undefined where neither is given or both are faulty. */
export function readCommand(reader: FieldReader, file: Record<string, unknown>): string[] | undefined {
  const program = reader.text(['program'], file.program);
  if (file.command === undefined) return program === undefined ? undefined : DEFAULT_COMMAND;
  const items = reader.list(['command'], file.command);
  const texts = items?.map((item, i) => readItem(reader, ['command', i], item));
  if (texts?.includes('${program}') && file.program === undefined) {
    reader.report(['command'], 'uses ${program}, but no program is given', 'key');
  }
  return texts?.includes(undefined) ? undefined : (texts as string[] | undefined);
}

function readItem(reader: FieldReader, path: Path, item: unknown): string | undefined {
  const value = typeof item === 'number' ? String(item) : reader.text(path, item);
  const name = MACRO.exec(value ?? '')?.[1];
  if (name === undefined || MACROS[name] !== undefined) return value;
  return reader.report(path, `unknown macro \${${name}}, ${suggestion(name, Object.keys(MACROS))}`);
}
