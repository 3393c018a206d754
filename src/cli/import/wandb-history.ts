import type { MetricColumns } from '../../api-client/points-block.js';

type Columns = { steps: number[]; values: number[]; times: (number | null)[] };

/** Rows of a history of W&B's by metric: numbers are points, keys with "_" are W&B's own, anything else is told and left out. */
export class WandbHistory {
  firstTime = 0;
  lastTime: number | null = null;
  private rows = 0;
  private readonly series = new Map<string, Columns>();
  private readonly left = new Map<string, { kind: string; count: number }>();

  /** @param step of the row; else its _step, else its number */
  add(step: number | undefined, items: [path: string[], value: unknown][]): void {
    const own = new Map(items.map(([path, value]) => [path.join('.'), value]));
    const at = step ?? numberOr(own.get('_step')) ?? this.rows;
    const seconds = numberOr(own.get('_timestamp'));
    const time = seconds === undefined ? null : Math.round(seconds * 1e6) / 1e3;
    if (time !== null) {
      this.firstTime = this.lastTime === null ? time : this.firstTime;
      this.lastTime = time;
    }
    this.rows++;
    for (const [path, value] of items) this.addValue(path.join('.'), value, at, time);
  }

  /** @param startMs stands in for times that a row has not */
  *columns(startMs: number): Generator<MetricColumns> {
    for (const [metric, { steps, values, times }] of this.series) {
      yield { metric, steps, values, times: times.map((time) => time ?? startMs) };
    }
  }

  omissions(): { key: string; reason: string }[] {
    return [...this.left].map(([key, { kind, count }]) => ({
      key,
      reason: `${count} values are no number but ${kind}`,
    }));
  }

  private addValue(key: string, value: unknown, step: number, time: number | null): void {
    if (key.startsWith('_')) return;
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !('_type' in value)) {
      for (const [below, inner] of Object.entries(value)) this.addValue(`${key}.${below}`, inner, step, time);
      return;
    }
    const number = typeof value === 'boolean' ? Number(value) : metricOf(value);
    if (number === undefined) this.leave(key, value);
    else {
      const columns = this.series.get(key) ?? { steps: [], values: [], times: [] };
      this.series.set(key, columns);
      columns.steps.push(step);
      columns.values.push(number);
      columns.times.push(time);
    }
  }

  private leave(key: string, value: unknown): void {
    if (value === null) return;
    const type = (value as { _type?: unknown })._type;
    const kind = typeof type === 'string' ? type : Array.isArray(value) ? 'list' : typeof value;
    this.left.set(key, { kind, count: (this.left.get(key)?.count ?? 0) + 1 });
  }
}

function numberOr(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The three that JSON lacks come as texts from an export. */
function metricOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity') return Infinity;
  return value === '-Infinity' ? -Infinity : undefined;
}
