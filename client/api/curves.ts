import { useEffect, useState } from 'preact/hooks';
import { onAxis, type XAxis } from '../charts/curve-axis.js';
import type { Curve } from '../charts/curve-data.js';
import { CurveFeed } from './curve-feed.js';

/** One feed per metric and resolution, for all charts and cells of the page. */
const feeds = new Map<string, CurveFeed>();

function feedOf(metric: string, maxPoints: number, withTimes: boolean): CurveFeed {
  const key = `${maxPoints} ${withTimes} ${metric}`;
  let feed = feeds.get(key);
  if (!feed) {
    feed = new CurveFeed(metric, maxPoints, withTimes);
    feeds.set(key, feed);
  }
  return feed;
}

/**
 * One metric's curves of runs, kept fresh while any of them runs and the tab is visible; a run that has ended is asked for once. What is
 * known is given back at once; a run without the metric has a curve without points.
 */
export function useCurves(
  runIds: string[],
  metric: string | undefined,
  maxPoints: number,
  withTimes = false,
): Curve[] {
  const [, setVersion] = useState(0);
  const key = runIds.join();
  useEffect(() => {
    if (metric === undefined || key === '') return;
    return feedOf(metric, maxPoints, withTimes).subscribe(key.split(','), () =>
      setVersion((version) => version + 1),
    );
  }, [key, metric, maxPoints, withTimes]);
  return metric === undefined ? [] : feedOf(metric, maxPoints, withTimes).curvesOf(runIds);
}

/**
 * The same on another axis. Tokens and examples come from the metric that counts them (`countMetric`): asked for at the same resolution, so that its
 * buckets end at the same steps.
 */
export function usePlacedCurves(
  runIds: string[],
  metric: string | undefined,
  maxPoints: number,
  axis: XAxis,
  countMetric: string | undefined,
): Curve[] {
  const curves = useCurves(runIds, metric, maxPoints, axis === 'relative' || axis === 'wall');
  const counts = useCurves(countMetric === undefined ? [] : runIds, countMetric, maxPoints);
  if (axis === 'step') return curves;
  const byRun = new Map(counts.map((one) => [one.runId, one]));
  return curves.map((curve) => onAxis(curve, axis, byRun.get(curve.runId)));
}

/** When any of these differ, the curves have to be drawn anew. */
export function curvesKey(curves: Curve[]): string {
  return curves
    .map((one) => [one.runId, one.count, one.end, one.label, one.isEmphasised, one.points.length].join(' '))
    .join();
}
