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

/** Ticks for about `count` labels. A log axis that spans less than a decade and a half takes round numbers instead of powers. */
export function ticksOf(scale: NumericScale, kind: ScaleKind, count: number): number[] {
  const [low = 0, high = 1] = scale.domain();
  if (kind === 'linear') return scale.ticks(count);
  if (high / low < 30) return linearTicks(low, high, count).filter((t) => t > 0);
  const powers = scale.ticks(count).filter((t) => Number.isInteger(Math.round(Math.log10(t) * 1e6) / 1e6));
  return powers.length >= 3 || high / low > 1e3
    ? thin(powers, count)
    : scale.ticks(count).filter(isRoundStep);
}

/** 1, 2 and 5 of each decade. */
function isRoundStep(tick: number): boolean {
  const lead = tick / 10 ** Math.floor(Math.log10(tick) + 1e-9);
  return [1, 2, 5].includes(Math.round(lead));
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
