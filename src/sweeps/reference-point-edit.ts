import { RanksweepError } from '../core/errors.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { referencePointOf } from '../search/reference-point.js';
import type { Sweep, SweepEdit } from './sweep.entity.js';
import type { SweepEditInput } from './sweep-edit.input.js';

/**
 * A person's own reference point, for the record; undefined where the input leaves it as it is.
 * @throws RanksweepError INVALID_INPUT for a name that is no objective, a value that is no number, or a point with values missing
 */
export function referenceEdit(
  sweep: Sweep,
  { referencePoint: given, because }: SweepEditInput,
  afterTrial: number,
  at: string,
): SweepEdit | undefined {
  if (given === undefined) return undefined;
  const { metrics = [] } = sweep.config as SweepConfig;
  const names = metrics.map(({ name }) => name);
  if (given !== null) checkPoint(given, names);
  const known = sweep.referencePoint ?? referencePointOf([], metrics) ?? {};
  const to = given === null ? null : { ...known, ...given };
  const missing = to === null ? [] : names.filter((name) => to[name] === undefined);
  if (missing.length > 0) refuse(`${missing.join(', ')} is not fixed yet: give a value of it too`);
  return {
    ...{ at, afterTrial, field: 'referencePoint', from: sweep.referencePoint, to },
    because: because ?? null,
  };
}

function checkPoint(point: unknown, names: readonly string[]): void {
  if (names.length === 0) refuse('the sweep has one objective: a reference point is for several');
  if (typeof point !== 'object' || point === null || Array.isArray(point))
    refuse(`found ${JSON.stringify(point)}, expected {objective: number}`);
  for (const [name, value] of Object.entries(point as object)) {
    if (!names.includes(name)) refuse(`found "${name}", the objectives are ${names.join(', ')}`);
    if (typeof value !== 'number' || !Number.isFinite(value))
      refuse(`${name}: found ${JSON.stringify(value)}, expected a number`);
  }
}

function refuse(message: string): never {
  throw new RanksweepError('INVALID_INPUT', `referencePoint: ${message}`, [
    { field: 'referencePoint', message },
  ]);
}
