import { extent, ticks as linearTicks } from 'd3-array';
import { format } from 'd3-format';
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';

export type NumericScale = ScaleContinuousNumeric<number, number>;
export type ScaleKind = 'linear' | 'log';

/** Values that an axis of this kind can place: finite, and above zero on a log axis. */
export function isPlaceable(value: number | undefined, kind: ScaleKind): value is number {
  return value !== undefined && Number.isFinite(value) && (kind === 'linear' || value > 0);
}

/** Lowest and highest placeable value with some air; undefined if there is none. */
export function domainOf(values: Iterable<number>, kind: ScaleKind): [number, number] | undefined {
  const [low, high] = extent([...values].filter((v) => isPlaceable(v, kind)));
  if (low === undefined || high === undefined) return undefined;
  return kind === 'log' ? airLog(low, high) : airLinear(low, high);
}

function airLinear(low: number, high: number): [number, number] {
  const air = high === low ? Math.max(Math.abs(low) * 0.05, 1e-9) : (high - low) * 0.05;
  return [low - air, high + air];
}

function airLog(low: number, high: number): [number, number] {
  const factor = high === low ? 1.2 : (high / low) ** 0.05;
  return [low / factor, high * factor];
}

export function numericScale(
  kind: ScaleKind,
  domain: [number, number],
  range: [number, number],
): NumericScale {
  return kind === 'log' ? scaleLog(domain, range) : scaleLinear(domain, range);
}

/**
 * Ticks for about `count` labels. A log axis takes powers of ten where it spans three or more, 1-2-5 of each decade where it spans
 * less, and round numbers where even those would be too few.
 */
export function ticksOf(scale: NumericScale, kind: ScaleKind, count: number): number[] {
  const [low = 0, high = 1] = scale.domain();
  if (kind === 'linear') return scale.ticks(count);
  const powers = decadeTicks(low, high, [1]);
  if (powers.length >= 3) return thin(powers, count);
  const rounds = decadeTicks(low, high, [1, 2, 5]);
  return rounds.length >= 3 ? rounds : linearTicks(low, high, count).filter((tick) => tick > 0);
}

/** These multiples of each power of ten, as far as they lie between low and high. */
function decadeTicks(low: number, high: number, multiples: number[]): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const decades = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const ticks = decades.flatMap((exponent) => multiples.map((multiple) => Number(`${multiple}e${exponent}`)));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

function thin(ticks: number[], count: number): number[] {
  const step = Math.ceil(ticks.length / (count + 1));
  return ticks.filter((_, i) => i % step === 0);
}

const plain = format('.4~g');
const short = format('.3~s');

/** Short labels: `0.0001` → `1e-4`, `12000` → `12k`. */
export function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && size < 1e-3) return Number(value.toPrecision(4)).toExponential().replace('e-', 'e−');
  if (size >= 1e15) return value.toExponential(0).replace('e+', 'e');
  return (size >= 10_000 ? short(value) : plain(value)).replace('-', '−');
}
