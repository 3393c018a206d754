import type { ValueTransformer } from 'typeorm';

/** An infinity on its way into the database: called, it is SQLite's SQL for it. */
type Infinite = (() => string) & { value: number };
type Stored = number | null | Infinite;

/**
 * TypeORM writes numbers into SQLite's SQL as text, and `Infinity` is no number there: 9e999 is, and reads as infinity. SQLite has no
 * NaN either: it is stored as NULL, on Postgres too.
 */
function toStored(value: number | null | undefined): Stored {
  if (value === null || value === undefined || Number.isNaN(value)) return null;
  if (Number.isFinite(value)) return value;
  return Object.assign(() => (value > 0 ? '9e999' : '-9e999'), { value });
}

export function isInfinity(stored: unknown): stored is Infinite {
  return typeof stored === 'function' && 'value' in stored && typeof stored.value === 'number';
}

/** A column that may be infinite; NULL stays null. */
export const infiniteFloat: ValueTransformer = { to: toStored, from: (value: number | null) => value };

/** A column that always has a value, NaN and the infinities included: NULL means NaN. */
export const anyFloat: ValueTransformer = {
  to: toStored,
  from: (value: number | null) => (value === null ? Number.NaN : value),
};
