import { useEffect, useState } from 'preact/hooks';
import type { Curve } from '../charts/curve-data.js';
import { CurveFeed } from './curve-feed.js';

/** One feed per metric and resolution, for all charts and cells of the page. */
const feeds = new Map<string, CurveFeed>();

function feedOf(metric: string, maxPoints: number): CurveFeed {
  const key = `${maxPoints} ${metric}`;
  let feed = feeds.get(key);
  if (!feed) {
    feed = new CurveFeed(metric, maxPoints);
    feeds.set(key, feed);
  }
  return feed;
}

/**
 * One metric's curves of runs, kept fresh while any of them runs and the tab is visible; a run that has ended is asked for once. What is
 * known is given back at once; a run without the metric has a curve without points.
 */
export function useCurves(runIds: string[], metric: string | undefined, maxPoints: number): Curve[] {
  const [, setVersion] = useState(0);
  const key = runIds.join();
  useEffect(() => {
    if (metric === undefined || key === '') return;
    return feedOf(metric, maxPoints).subscribe(key.split(','), () => setVersion((version) => version + 1));
  }, [key, metric, maxPoints]);
  return metric === undefined ? [] : feedOf(metric, maxPoints).curvesOf(runIds);
}

/** When any of these differ, the curves have to be drawn anew. */
export function curvesKey(curves: Curve[]): string {
  return curves
    .map(({ runId, count, end, label, isEmphasised }) => `${runId} ${count} ${end} ${label} ${isEmphasised}`)
    .join();
}
