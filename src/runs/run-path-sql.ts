import type { SelectQueryBuilder } from 'typeorm';
import { dialectOf } from '../access/dialect.js';
import { Project } from '../access/project.entity.js';
import { RanksweepError } from '../core/errors.js';
import { MetricSeries } from './metric-series.entity.js';
import type { Run } from './run.entity.js';
import { parseRunPath, type RunPath, sqliteJsonPath } from './run-path.js';

/** A path as SQL over the alias `run`: the value, whether the run has it, and whether it is a metric (whose NULL means NaN). */
export interface PathSql {
  value: string;
  present: string;
  isMetric: boolean;
}

/** No finite double is larger. */
export const MAX_FINITE = Number.MAX_VALUE;

/** Compiles paths for one query: adds the joins that they need and binds whatever came from outside. */
export class RunPathCompiler {
  private bound = 0;
  private readonly metricAliases = new Map<string, string>();
  private hasProject = false;

  constructor(private readonly query: SelectQueryBuilder<Run>) {}

  /** Binds a value. @returns its placeholder */
  bind(value: unknown): string {
    if (value === Infinity || value === -Infinity) return dialectOf(this.query).infinity(value);
    const name = `p${this.bound++}`;
    this.query.setParameter(name, value);
    return Array.isArray(value) ? `(:...${name})` : `:${name}`;
  }

  compile(path: string, field: string): PathSql {
    const parsed = parseRunPath(path, field);
    if (parsed.kind === 'json') return this.json(parsed);
    if (parsed.kind === 'metric') return this.metric(parsed);
    if (parsed.kind === 'project') return this.project();
    if (parsed.kind === 'column') return plain(`run.${parsed.column}`);
    const message = 'a run has several datasets: only eq, in and exists can ask for them';
    throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
  }

  private json({ column, keys }: Extract<RunPath, { kind: 'json' }>): PathSql {
    return plain(`json_extract(run.${column}, ${this.bind(sqliteJsonPath(keys))})`);
  }

  private metric({ name, part }: Extract<RunPath, { kind: 'metric' }>): PathSql {
    const alias = this.metricAliases.get(name) ?? this.joinMetric(name);
    return { value: `${alias}.${part}`, present: `${alias}.runId IS NOT NULL`, isMetric: true };
  }

  private joinMetric(name: string): string {
    const alias = `m${this.metricAliases.size}`;
    this.metricAliases.set(name, alias);
    this.query.leftJoin(
      MetricSeries,
      alias,
      `${alias}.runId = run.id AND ${alias}.name = ${this.bind(name)}`,
    );
    return alias;
  }

  private project(): PathSql {
    if (!this.hasProject) this.query.leftJoin(Project, 'project', 'project.id = run.projectId');
    this.hasProject = true;
    return plain('project.name');
  }
}

function plain(value: string): PathSql {
  return { value, present: `${value} IS NOT NULL`, isMetric: false };
}
