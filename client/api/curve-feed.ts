import type { Curve } from '../charts/curve-data.js';
import { curvesVariables } from './curves-table.js';
import { LIVE_MS } from './live-query.js';
import { CurvesDocument, type CurvesQuery } from './operations.generated.js';
import { request } from './request.js';
import { toCurve } from './to-curve.js';

/** runs asked for in one request */
const BATCH = 200;
/** requests of one frame are gathered: thirty rows that come into view ask once */
const GATHER_MS = 16;

/** One metric's curves at one resolution: keeps what it has, and asks once a second for those that can still change. */
export class CurveFeed {
  private readonly curves = new Map<string, Curve>();
  private readonly subscribers = new Map<() => void, string[]>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isAsking = false;

  constructor(
    private readonly metric: string,
    private readonly maxPoints: number,
    private readonly withTimes: boolean,
  ) {}

  curvesOf(runIds: string[]): Curve[] {
    return runIds.flatMap((id) => this.curves.get(id) ?? []);
  }

  /** @returns the function that ends it */
  subscribe(runIds: string[], onNews: () => void): () => void {
    this.subscribers.set(onNews, runIds);
    this.plan(GATHER_MS);
    return () => {
      this.subscribers.delete(onNews);
    };
  }

  private plan(wait: number): void {
    if (this.isAsking) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.turn(), wait);
  }

  private async turn(): Promise<void> {
    const wanted = this.changing();
    if (wanted.length === 0) return;
    this.isAsking = true;
    try {
      if (!document.hidden)
        for (let i = 0; i < wanted.length; i += BATCH) await this.ask(wanted.slice(i, i + BATCH));
    } catch {
      // the page's own query says that the connection is lost; the curves stay as they are and are asked for again
    }
    this.isAsking = false;
    this.plan(LIVE_MS);
  }

  /** Wanted runs that are unknown or still running. */
  private changing(): string[] {
    const wanted = new Set([...this.subscribers.values()].flat());
    return [...wanted].filter((id) => (this.curves.get(id)?.end ?? 'running') === 'running');
  }

  /** A run that is not there never will be: runs are only added, under IDs of their own. */
  private async ask(runIds: string[]): Promise<void> {
    const { runs } = await request(
      CurvesDocument,
      curvesVariables(runIds, this.metric, this.maxPoints, this.withTimes),
    );
    const known = new Set(runs.items.map(({ id }) => id));
    const absent = runIds
      .filter((id) => !known.has(id))
      .map((id) => ({ id, name: id, state: 'lost', series: [] }));
    const changed = new Set([...runs.items, ...absent].filter((run) => this.keep(run)).map(({ id }) => id));
    for (const [onNews, ids] of this.subscribers) if (ids.some((id) => changed.has(id))) onNews();
  }

  /** @returns whether anything is new */
  private keep(
    run: Pick<CurvesQuery['runs']['items'][number], 'id' | 'name' | 'series'> & {
      state: string;
      startedAt?: string;
    },
  ): boolean {
    const curve = toCurve(run, run.series[0]);
    const old = this.curves.get(run.id);
    this.curves.set(run.id, curve);
    return old?.count !== curve.count || old.end !== curve.end;
  }
}
