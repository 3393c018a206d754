import type { FieldReader } from './yaml-fields.js';
import { show } from './yaml-value.js';

/** When a sweep suggests no more trials, besides run_cap and the metric's target; those that run go on to their end. Null: no such rule. */
export interface StopRules {
  /** since the sweep was made */
  seconds: number | null;
  /** Σ of the runs' hours, each on one device */
  gpuHours: number | null;
  /** finished trials in a row without a new best */
  noImprovement: number | null;
  /** failed trials */
  failures: number | null;
}

export const NO_STOP_RULES: StopRules = {
  seconds: null,
  gpuHours: null,
  noImprovement: null,
  failures: null,
};

const KEYS = ['time', 'gpu_hours', 'no_improvement', 'failures'];

/** The sweep file's `stop:`. */
export function readStopRules(reader: FieldReader, value: unknown): StopRules {
  if (value === undefined || value === null) return NO_STOP_RULES;
  const path = ['stop'];
  const fields = reader.map(path, value, KEYS);
  if (fields === undefined) return NO_STOP_RULES;
  return {
    seconds: readDuration(reader, [...path, 'time'], fields.time),
    gpuHours: reader.number([...path, 'gpu_hours'], fields.gpu_hours, 0) ?? null,
    noImprovement: reader.int([...path, 'no_improvement'], fields.no_improvement, 1) ?? null,
    failures: reader.int([...path, 'failures'], fields.failures, 1) ?? null,
  };
}

function readDuration(reader: FieldReader, path: string[], value: unknown): number | null {
  if (value === undefined) return null;
  const seconds = parseDuration(value);
  if (seconds === null) {
    reader.report(
      path,
      `found ${show(value)}, expected seconds above 0, or a duration such as 90s, 30m, 2h or 1d`,
    );
  }
  return seconds;
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

/** 90, "90s", "1.5h" → seconds; null for anything else */
export function parseDuration(value: unknown): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*([smhd]?)$/.exec(String(value));
  if (!match || (typeof value !== 'string' && typeof value !== 'number')) return null;
  const seconds = Number(match[1]) * UNITS[match[2] || 's']!;
  return seconds > 0 ? seconds : null;
}
