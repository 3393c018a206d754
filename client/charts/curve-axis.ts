import { bisector } from 'd3-array';
import type { Curve, CurvePoint } from './curve-data.js';

/** What a curve is drawn over. */
export type XAxis = 'step' | 'tokens' | 'examples' | 'relative' | 'wall';
export const X_AXES: XAxis[] = ['step', 'tokens', 'examples', 'relative', 'wall'];

export const X_TITLES: Record<XAxis, string> = {
  ...{ step: 'step', tokens: 'tokens', examples: 'examples' },
  ...{ relative: 'time since the start (s)', wall: 'time of day' },
};

/** Under which names a run may log how many tokens or examples it has seen by a step. */
export const COUNT_METRICS: Record<'tokens' | 'examples', string[]> = {
  tokens: ['train/tokens', 'train/num_input_tokens_seen', 'num_input_tokens_seen', 'num_tokens', 'tokens'],
  examples: ['train/examples', 'train/samples', 'examples', 'samples', 'num_examples'],
};

/** Counts by step: of another metric of the same run. */
export interface Counts {
  points: CurvePoint[];
}

const byStep = bisector((point: CurvePoint) => point.step);

/**
 * The curve with its points placed on another axis; `logged` keeps their steps. A count between two steps that logged one lies on the line between
 * them; step 0 is before
 * the first token. Points before the first count and after the last have no place, and are counted (`unplaced`).
 */
export function onAxis(curve: Curve, axis: XAxis, counts?: Counts): Curve {
  if (axis === 'step') return curve;
  const known = counts?.points.filter(({ value }) => Number.isFinite(value)) ?? [];
  const first = curve.startedAt ?? curve.points.find(({ time }) => time !== undefined)?.time ?? 0;
  const place = ({ step, time }: CurvePoint) => {
    if (axis === 'tokens' || axis === 'examples') return countAt(known, step);
    if (time === undefined) return undefined;
    return axis === 'wall' ? time : (time - first) / 1000;
  };
  const placed = curve.points.flatMap((point) => {
    const at = place(point);
    return at === undefined ? [] : [{ ...point, step: at, logged: point.step }];
  });
  const points = placed.every(({ step }, i) => i === 0 || step >= placed[i - 1]!.step)
    ? placed
    : [...placed].sort((a, b) => a.step - b.step);
  return { ...curve, points, unplaced: curve.points.length - points.length };
}

function countAt(known: CurvePoint[], step: number): number | undefined {
  const i = byStep.left(known, step);
  const [before, after] = [known[i - 1], known[i]];
  if (after?.step === step) return after.value;
  if (step === 0) return 0;
  if (!before || !after) return undefined;
  return before.value + ((step - before.step) / (after.step - before.step)) * (after.value - before.value);
}
