import type { Problem } from '../core/errors.js';

// Checks of single values in a config.json.

export type Json = Record<string, unknown>;

export const shown = (value: unknown) => JSON.stringify(value) ?? 'nothing';

export function positiveInt(json: Json, key: string): Problem[] {
  const value = json[key];
  if (Number.isInteger(value) && (value as number) > 0) return [];
  return [{ field: key, message: `found ${shown(value)}, expected a whole number from 1` }];
}

export function positive(json: Json, key: string, field = key): Problem[] {
  const value = json[key];
  if (typeof value === 'number' && value > 0) return [];
  return [{ field, message: `found ${shown(value)}, expected a number above 0` }];
}

export function divides(json: Json, whole: string, part: string): Problem[] {
  const [n, m] = [json[whole] as number, (json[part] ?? json[whole]) as number];
  if (n % m === 0) return [];
  return [{ field: part, message: `found ${m}, expected a divisor of ${whole} (${n})` }];
}

/** @param allowed the values that are built here; an absent key is allowed too */
export function oneOf(json: Json, key: string, allowed: unknown[]): Problem[] {
  const value = json[key];
  if (value === undefined || allowed.includes(value)) return [];
  return [{ field: key, message: `found ${shown(value)}, expected ${allowed.map(shown).join(' or ')}` }];
}
