import { type MeanDeviation, meanDeviation } from './mean-deviation.js';

/** A run of a sweep: its parameters, and how far its validation loss ended above its lowest; null: not known. */
export interface FittedRun {
  params: Record<string, unknown>;
  rise: number | null;
}

export interface SettingGroup extends MeanDeviation {
  setting: string;
  /** the value, or "≤ x" and "> x" where there are many */
  value: string;
  n: number;
}

const FEW = 6;

/**
 * How far the validation loss rose after its lowest, by the values of each parameter that varies; numbers with many values are parted at their median. Runs
 * of a search differ in everything at once: a difference here is a hint, no proof.
 */
export function overfittingBySetting(runs: readonly FittedRun[]): SettingGroup[] {
  const known = runs.filter((run): run is FittedRun & { rise: number } => run.rise !== null);
  const names = [...new Set(known.flatMap(({ params }) => Object.keys(params)))];
  return names.flatMap((setting) => {
    const groupOf = labels(known.map(({ params }) => params[setting]));
    if (groupOf === null) return [];
    const groups = new Map<string, number[]>();
    for (const { params, rise } of known) {
      const value = groupOf(params[setting]);
      groups.set(value, [...(groups.get(value) ?? []), rise]);
    }
    return [...groups]
      .sort(
        ([a], [b]) =>
          Number(a.startsWith('>')) - Number(b.startsWith('>')) ||
          a.localeCompare(b, 'en', { numeric: true }),
      )
      .map(([value, rises]) => ({ setting, value, n: rises.length, ...meanDeviation(rises)! }));
  });
}

/** How values are grouped; null: there is nothing to tell apart. */
function labels(values: readonly unknown[]): ((value: unknown) => string) | null {
  const distinct = [...new Set(values.map((value) => JSON.stringify(value) ?? 'not there'))];
  if (distinct.length < 2) return null;
  if (distinct.length <= FEW) return (value) => JSON.stringify(value) ?? 'not there';
  const numbers = values.filter((value) => typeof value === 'number').sort((a, b) => a - b);
  if (numbers.length < values.length) return null;
  const middle = Number(numbers[Math.floor((numbers.length - 1) / 2)]!.toPrecision(3));
  return (value) => ((value as number) <= middle ? `≤ ${middle}` : `> ${middle}`);
}
