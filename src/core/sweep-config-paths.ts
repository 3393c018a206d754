import type { z } from 'zod';
import { runConfigSchema } from './run-config.js';
import type { Path } from './yaml-source.js';

/** The schema inside defaults and nullables. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType === undefined ? schema : unwrapped(innerType);
}

function shapeOf(schema: z.core.$ZodType): Record<string, z.core.$ZodType> {
  return (unwrapped(schema)._zod.def as { shape?: Record<string, z.core.$ZodType> }).shape ?? {};
}

function elementOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  return (unwrapped(schema)._zod.def as { element?: z.core.$ZodType }).element;
}

/** The keys that a run config may have below a path: `[]` for the top, `['lora']`, `['evaluations', 0]`. */
export function runConfigKeys(path: Path): string[] {
  let schema: z.core.$ZodType | undefined = runConfigSchema;
  for (const part of path) {
    schema = typeof part === 'number' ? schema && elementOf(schema) : schema && shapeOf(schema)[part];
  }
  return schema === undefined ? [] : Object.keys(shapeOf(schema));
}

/** Every dotted path of a run config that a parameter may set: `lora`, `lora.rank`, … */
export function runConfigPaths(): string[] {
  return pathsBelow([]);
}

function pathsBelow(path: readonly string[]): string[] {
  return runConfigKeys(path).flatMap((key) => [[...path, key].join('.'), ...pathsBelow([...path, key])]);
}
