import type { SelectQueryBuilder } from 'typeorm';
import { type Dialect, dialectOf } from '../access/dialect.js';
import { Project } from '../access/project.entity.js';
import { RanksweepError } from '../core/errors.js';
import { MetricSeries } from './metric-series.entity.js';
import type { Run } from './run.entity.js';
import { RunField } from './run-field.entity.js';
import { isNeverNull, isNumberColumn, parseRunPath, type RunPath } from './run-path.js';
import { RunTag } from './run-tag.entity.js';

/**
 * A path as SQL over the alias `run`. A value is a number, a text or something other (true, false, a list, as text), and each expression
 * is NULL where the value is not of its type; null in place of an expression: no value of the path is ever of that type.
 */
export interface PathSql {
  number: string | null;
  text: string | null;
  other: string | null;
  /** true where the run has a value */
  present: string;
  /** a metric's number is NULL where it is NaN, and may be infinite */
  isMetric: boolean;
}

/** `present` of what every run has */
export const ALWAYS = '1 = 1';

/** No finite double is larger. */
export const MAX_FINITE = Number.MAX_VALUE;

/** Compiles paths for one query: adds the joins that they need and binds whatever came from outside. */
export class RunPathCompiler {
  private bound = 0;
  private readonly aliases = new Map<string, string>();
  readonly dialect: Dialect;

  /** @param windows what `window` paths are worth, by path and run ID: read from the points beforehand */
  constructor(
    private readonly query: SelectQueryBuilder<Run>,
    private readonly windows: ReadonlyMap<string, ReadonlyMap<string, number>> = new Map(),
  ) {
    this.dialect = dialectOf(query);
  }

  /** Binds a value. @returns its placeholder */
  bind(value: unknown): string {
    if (value === Infinity || value === -Infinity) return this.dialect.infinity(value);
    const name = `p${this.bound++}`;
    this.query.setParameter(name, value);
    return Array.isArray(value) ? `(:...${name})` : `:${name}`;
  }

  compile(path: string, field: string): PathSql {
    const parsed = parseRunPath(path, field);
    if (parsed.kind === 'json') return this.json(parsed);
    if (parsed.kind === 'metric') return this.metric(parsed);
    if (parsed.kind === 'window') return this.window(path);
    if (parsed.kind === 'tag') return this.tag(parsed.key);
    if (parsed.kind === 'project') return { ...textColumn(`${this.project()}.name`) };
    if (parsed.kind === 'column') return columnSql(parsed.column);
    const message = 'a run has several datasets: only eq, in and exists can ask for them';
    throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
  }

  /** The alias of the metric's summary row, joined once. */
  metricAlias(name: string): string {
    return this.joined(`metric ${name}`, 'm', (alias) =>
      this.query.leftJoin(
        MetricSeries,
        alias,
        `${alias}.runId = run.id AND ${alias}.name = ${this.bind(name)}`,
      ),
    );
  }

  /** Configs have their values in rows of their own; places in lists, and the other columns, are read from the JSON. */
  private json({ column, keys }: Extract<RunPath, { kind: 'json' }>): PathSql {
    if (column !== 'config' || keys.some((key) => typeof key === 'number')) {
      return this.inJson(`run.${column}`, this.bind(this.dialect.jsonPath(keys)));
    }
    const path = keys.join('.');
    const alias = this.joined(`config ${path}`, 'f', (name) =>
      this.query.leftJoin(RunField, name, `${name}.runId = run.id AND ${name}.path = ${this.bind(path)}`),
    );
    const text = `CASE WHEN ${alias}.kind = 's' THEN ${alias}.text END`;
    const other = `CASE WHEN ${alias}.kind IN ('b', 'l') THEN ${alias}.text END`;
    return { number: `${alias}.number`, text, other, present: `${alias}.kind IS NOT NULL`, isMetric: false };
  }

  private inJson(column: string, path: string): PathSql {
    const number = this.dialect.jsonNumber(column, path);
    const text = this.dialect.jsonText(column, path);
    const other = this.dialect.jsonOther(column, path);
    const present = `(${[number, text, other].map((sql) => `${sql} IS NOT NULL`).join(' OR ')})`;
    return { number, text, other, present, isMetric: false };
  }

  private metric({ name, part }: Extract<RunPath, { kind: 'metric' }>): PathSql {
    const alias = this.metricAlias(name);
    const number =
      part === 'mean' ? `${alias}.sum / NULLIF(${alias}.count - ${alias}.nanCount, 0)` : `${alias}.${part}`;
    const present = part.startsWith('finite') ? `${number} IS NOT NULL` : `${alias}.runId IS NOT NULL`;
    return { number, text: null, other: null, present, isMetric: true };
  }

  private tag(key: string): PathSql {
    const alias = this.joined(`tag ${key}`, 't', (name) =>
      this.query.leftJoin(RunTag, name, `${name}.runId = run.id AND ${name}.key = ${this.bind(key)}`),
    );
    return textColumn(`${alias}.value`);
  }

  private window(path: string): PathSql {
    const values = this.windows.get(path) ?? new Map();
    const alias = this.joined(`window ${path}`, 'w', (name) => {
      const rows = [...values].map(([runId, value]) => this.boundRow(runId, value));
      const table = rows.length > 0 ? `VALUES ${rows.join(', ')}` : "SELECT '', 0.0";
      const named = `WITH w("runId", "value") AS (${table}) SELECT * FROM w`;
      this.query.leftJoin(`(${named})`, name, `"${name}"."runId" = run.id`);
    });
    const [runId, number] = [`"${alias}"."runId"`, `"${alias}"."value"`];
    return { number, text: null, other: null, present: `${runId} IS NOT NULL`, isMetric: true };
  }

  private boundRow(runId: string, value: number): string {
    const number = Number.isNaN(value) ? 'NULL' : this.bind(value);
    return `(CAST(${this.bind(runId)} AS varchar), CAST(${number} AS double precision))`;
  }

  private project(): string {
    return this.joined('project', 'project', (alias) =>
      this.query.leftJoin(Project, alias, `${alias}.id = run.projectId`),
    );
  }

  private joined(key: string, prefix: string, join: (alias: string) => unknown): string {
    const known = this.aliases.get(key);
    if (known !== undefined) return known;
    const alias = key === prefix ? prefix : `${prefix}${this.aliases.size}`;
    this.aliases.set(key, alias);
    join(alias);
    return alias;
  }
}

function columnSql(column: string): PathSql {
  if (isNumberColumn(column)) return numberColumn(`run.${column}`);
  return isNeverNull(column)
    ? { ...textColumn(`run.${column}`), present: ALWAYS }
    : textColumn(`run.${column}`);
}

function textColumn(text: string): PathSql {
  return { number: null, text, other: null, present: `${text} IS NOT NULL`, isMetric: false };
}

function numberColumn(number: string): PathSql {
  return { number, text: null, other: null, present: `${number} IS NOT NULL`, isMetric: false };
}
