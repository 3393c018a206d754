import { scalePoint } from 'd3-scale';
import { domainOf, numericScale, type ScaleKind, tickLabel, ticksOf } from './scales.js';

export type DimensionValue = number | string | undefined;

/** One axis of parallel coordinates. */
export interface Dimension {
  key: string;
  label: string;
  kind: ScaleKind | 'ordinal';
}

/** A set of parameters and its result: one line across all axes. */
export interface ParallelLine {
  runId: string;
  label: string;
  values: Record<string, DimensionValue>;
  /** 1 best, 0 worst, undefined without a finite objective: it decides the colour */
  goodness: number | undefined;
  isFinished: boolean;
}

/** Part of an axis that is chosen, from bottom (0) to top (1). */
export type Brushes = Record<string, [number, number]>;

export interface PlacedDimension extends Dimension {
  /** where a value is, 0 bottom to 1 top; undefined: it has no place (missing, NaN) */
  place(value: DimensionValue): number | undefined;
  ticks: { at: number; text: string }[];
}

const FEW_VALUES = 6;
const LOG_RATIO = 8;

/** Text makes an ordinal axis; positive numbers that span a factor of eight or more a log one; else linear. */
export function kindOf(values: DimensionValue[]): Dimension['kind'] {
  const present = values.filter((v) => v !== undefined);
  if (present.some((v) => typeof v === 'string')) return 'ordinal';
  const numbers = (present as number[]).filter(Number.isFinite);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return numbers.length > 0 && low > 0 && high / low >= LOG_RATIO ? 'log' : 'linear';
}

export function placeDimension(dimension: Dimension, lines: ParallelLine[]): PlacedDimension {
  const values = lines.map((line) => line.values[dimension.key]);
  return dimension.kind === 'ordinal'
    ? ordinal(dimension, values)
    : numeric(dimension, values, dimension.kind);
}

function ordinal(dimension: Dimension, values: DimensionValue[]): PlacedDimension {
  const names = [...new Set(values.filter((v) => v !== undefined).map(String))].sort();
  const scale = scalePoint(names, [0, 1]).padding(0.5);
  const place = (value: DimensionValue) => (value === undefined ? undefined : scale(String(value)));
  return { ...dimension, place, ticks: names.map((name) => ({ at: scale(name)!, text: name })) };
}

function numeric(dimension: Dimension, values: DimensionValue[], kind: ScaleKind): PlacedDimension {
  const numbers = values.filter((v): v is number => typeof v === 'number');
  const domain = domainOf(numbers, kind);
  const scale = numericScale(kind, domain ?? [1, 2], [0, 1]);
  const place = (value: DimensionValue) => {
    if (typeof value !== 'number' || !Number.isFinite(value) || (kind === 'log' && value <= 0))
      return undefined;
    return scale(value);
  };
  const distinct = [...new Set(numbers.filter(Number.isFinite))].sort((a, b) => a - b);
  const isListed = distinct.length <= FEW_VALUES && dimension.key !== 'objective';
  const ticks = isListed || !domain ? distinct : ticksOf(scale, kind, 6);
  return { ...dimension, place, ticks: ticks.flatMap((t) => tickAt(place(t), t)) };
}

const tickAt = (at: number | undefined, value: number) =>
  at === undefined ? [] : [{ at, text: tickLabel(value) }];

/** The runs whose lines pass through every brush; all of them without brushes. */
export function brushedRuns(dimensions: Dimension[], lines: ParallelLine[], brushes: Brushes): Set<string> {
  const placed = dimensions.filter(({ key }) => brushes[key]).map((d) => placeDimension(d, lines));
  const passes = (line: ParallelLine) => placed.every((dimension) => isWithin(dimension, line, brushes));
  return new Set(lines.filter(passes).map(({ runId }) => runId));
}

export function isWithin({ key, place }: PlacedDimension, line: ParallelLine, brushes: Brushes): boolean {
  const chosen = brushes[key];
  if (!chosen) return true;
  const at = place(line.values[key]);
  return at !== undefined && at >= chosen[0] && at <= chosen[1];
}
