import type { ValueTransformer } from 'typeorm';

type Stored = number | null | (() => string);

/**
 * TypeORM writes numbers into SQLite's SQL as text, and `Infinity` is no number there: 9e999 is, and reads as infinity. SQLite has no
 * NaN either: it is stored as NULL.
 */
function toStored(value: number | null | undefined): Stored {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (Number.isFinite(value)) return value;
  return () => infinityLiteral(value);
}

export function infinityLiteral(value: number): string {
  return value > 0 ? '9e999' : '-9e999';
}

/** A column that may be infinite; NULL stays null. */
export const infiniteFloat: ValueTransformer = { to: toStored, from: (value: number | null) => value };

/** A column that always has a value, NaN and the infinities included: NULL means NaN. */
export const anyFloat: ValueTransformer = {
  to: toStored,
  from: (value: number | null) => (value === null ? Number.NaN : value),
};
