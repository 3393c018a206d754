import type { SelectQueryBuilder } from 'typeorm';
import { type Dialect, dialectOf } from '../../access/dialect.js';
import { RUN_STATES } from '../../core/states.js';
import type { Run } from '../../runs/run.entity.js';
import { invalidParameter } from '../protocol/mlflow-error.js';
import type { Condition, Kind, Order } from '../search/vocabulary.js';
import { COLUMN_TAGS, isColumnTag } from './own-tags.js';
import { statesOf, statusOf } from './run-status.js';

type Name = Pick<Condition, 'kind' | 'key'>;

const INSTANTS: Record<string, string> = { start_time: 'run.startedAt', end_time: 'run.endedAt' };
const STATUS_SQL = `CASE run.state ${RUN_STATES.map((state) => `WHEN '${state}' THEN '${statusOf(state)}'`).join(' ')} END`;
const SORTABLE: readonly Kind[] = ['metric', 'parameter', 'tag', 'attribute'];
/** No finite double is larger. */
const MAX_FINITE = Number.MAX_VALUE;

/** Compiles MLflow's conditions and orders into SQL over the alias `run`; whatever came from outside is bound. */
export class RunSearchSql {
  private bound = 0;
  private readonly dialect: Dialect;

  constructor(private readonly query: SelectQueryBuilder<Run>) {
    this.dialect = dialectOf(query);
  }

  bind(value: unknown): string {
    const name = `s${this.bound++}`;
    this.query.setParameter(name, value);
    return Array.isArray(value) ? `(:...${name})` : `:${name}`;
  }

  condition(condition: Condition): string {
    const { kind, key } = condition;
    if (kind === 'metric') return this.metricCondition(condition);
    if (kind === 'dataset') return this.datasetCondition(condition);
    if (kind === 'attribute' && key in INSTANTS) return this.instantCondition(condition);
    if (kind === 'attribute' && key === 'status') return this.statusCondition(condition);
    if (kind === 'parameter') return this.paramCondition(condition);
    if (condition.comparator === 'IS NULL') return `${this.text(condition)} IS NULL`;
    if (condition.comparator === 'IS NOT NULL') return `${this.text(condition)} IS NOT NULL`;
    return this.compares(this.text(condition), condition);
  }

  /** Keys to order by, none of them NULL on either database: what is absent comes last, NaN before it. */
  order({ kind, key }: Order): [rank: string, value: string] {
    if (!SORTABLE.includes(kind)) throw invalidParameter(`Invalid identifier type '${kind}'`);
    if (kind === 'metric') return this.metricOrder(key);
    const value = this.sortable({ kind, key });
    return [`CASE WHEN ${value} IS NULL THEN 1 ELSE 0 END`, `COALESCE(${value}, '')`];
  }

  private sortable({ kind, key }: Name): string {
    if (kind === 'attribute' && key in INSTANTS) return INSTANTS[key]!;
    if (kind === 'attribute' && key === 'status') return STATUS_SQL;
    return this.text({ kind, key });
  }

  /** The text that a name stands for; NULL if the run has none. */
  private text({ kind, key }: Name): string {
    if (kind === 'tag' && isColumnTag(key)) return `run.${COLUMN_TAGS[key]}`;
    if (kind === 'tag') return this.lookUp('run_tag', key);
    if (kind === 'parameter') return this.paramText(key);
    return this.attribute(key);
  }

  private attribute(key: string): string {
    if (key === 'run_id') return 'run.id';
    if (key === 'run_name') return 'run.name';
    if (key === 'artifact_uri')
      return `('mlflow-artifacts:/' || run.projectId || '/' || run.id || '/artifacts')`;
    return this.dialect.jsonText('run.provenance', this.bind(this.dialect.jsonPath(['user'])));
  }

  private lookUp(table: 'run_tag' | 'run_param', key: string): string {
    const where = `"found"."runId" = run.id AND "found"."key" = ${this.bind(key)}`;
    return `(SELECT "found"."value" FROM "${table}" "found" WHERE ${where})`;
  }

  /** As it was logged; of a worker's run the string, truth value or list in its config. */
  private paramText(key: string): string {
    return `COALESCE(${this.lookUp('run_param', key)}, ${this.configField(key, 'text')})`;
  }

  /** The numbers in a worker's config are compared as numbers: nobody logged a text for them. */
  private paramCondition(condition: Condition): string {
    const { key, comparator, value } = condition;
    const [text, number] = [this.paramText(key), this.configField(key, 'number')];
    if (comparator === 'IS NULL') return `(${text}) IS NULL AND (${number}) IS NULL`;
    if (comparator === 'IS NOT NULL') return `(${text}) IS NOT NULL OR (${number}) IS NOT NULL`;
    const compared = this.compares(text, condition);
    const wanted = String(value).trim() === '' ? Number.NaN : Number(value);
    if (comparator === '=' && Number.isFinite(wanted))
      return `${compared} OR ${number} = ${this.bind(wanted)}`;
    if (comparator !== '!=') return compared;
    const differs = Number.isFinite(wanted) ? `${number} <> ${this.bind(wanted)}` : `(${number}) IS NOT NULL`;
    return `${compared} OR ${differs}`;
  }

  private configField(key: string, column: 'text' | 'number'): string {
    const where = `"field"."path" = ${this.bind(key)} AND "field"."runId" = run.id AND run.origin = 'worker'`;
    return `(SELECT "field"."${column}" FROM "run_field" "field" WHERE ${where})`;
  }

  /** NaN is below and above nothing, infinities too: only finite values compare. NaN differs from every number. */
  private metricCondition({ key, comparator, value }: Condition): string {
    const compared = `"found"."last" ${comparator === '!=' ? '<>' : comparator} ${this.bind(value)}`;
    const finite = `abs("found"."last") <= ${this.bind(MAX_FINITE)}`;
    const test =
      comparator === '!=' ? `("found"."last" IS NULL OR ${compared})` : `${compared} AND ${finite}`;
    return this.exists('metric_series', `"found"."name" = ${this.bind(key)} AND ${test}`);
  }

  private metricOrder(name: string): [string, string] {
    const last = `(SELECT "found"."last" FROM "metric_series" "found" WHERE "found"."runId" = run.id AND "found"."name" = ${this.bind(name)})`;
    const has = this.exists('metric_series', `"found"."name" = ${this.bind(name)}`);
    return [`CASE WHEN NOT ${has} THEN 2 WHEN ${last} IS NULL THEN 1 ELSE 0 END`, `COALESCE(${last}, 0)`];
  }

  private datasetCondition(condition: Condition): string {
    return this.exists('run_input', this.compares(`"found"."${condition.key}"`, condition));
  }

  private exists(table: string, condition: string): string {
    return `EXISTS (SELECT 1 FROM "${table}" "found" WHERE "found"."runId" = run.id AND ${condition})`;
  }

  /** Moments are text that sorts: the bound is the moment of that millisecond. */
  private instantCondition({ key, comparator, value }: Condition): string {
    const column = INSTANTS[key]!;
    const ms = Math.min(Math.max(Number(value), 0), 253_402_300_799_999);
    const exact = new Date(Math.floor(ms)).toISOString();
    if (!Number.isInteger(ms) && (comparator === '=' || comparator === '!=')) {
      return comparator === '=' ? '1 = 0' : `${column} IS NOT NULL`;
    }
    const roundedDown = Number.isInteger(ms)
      ? comparator
      : comparator === '>='
        ? '>'
        : comparator === '<'
          ? '<='
          : comparator;
    return `${column} ${roundedDown === '!=' ? '<>' : roundedDown} ${this.bind(exact)}`;
  }

  private statusCondition({ comparator, value }: Condition): string {
    const all = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'];
    const wanted = all.filter((status) => statusHolds(status, comparator, value as string));
    const states = wanted.flatMap(statesOf);
    return states.length === 0 ? '1 = 0' : `run.state IN ${this.bind(states)}`;
  }

  private compares(text: string, { comparator, value }: Condition): string {
    if (comparator === 'IN' || comparator === 'NOT IN') return `${text} ${comparator} ${this.bind(value)}`;
    if (comparator === 'ILIKE') return this.dialect.like(text, this.bind(escaped(String(value))));
    if (comparator === 'LIKE') return this.likeExactly(text, String(value));
    return `${text} ${comparator === '!=' ? '<>' : comparator} ${this.bind(value)}`;
  }

  /** LIKE that tells A from a, which SQLite's does not: its GLOB does. */
  private likeExactly(text: string, pattern: string): string {
    if (this.dialect.name === 'sqlite') return `${text} GLOB ${this.bind(globOf(pattern))}`;
    return `${text} LIKE ${this.bind(escaped(pattern))} ESCAPE '\\'`;
  }
}

function statusHolds(status: string, comparator: Condition['comparator'], value: string): boolean {
  if (comparator === '=') return status === value;
  if (comparator === '!=') return status !== value;
  const pattern = value
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${pattern}$`, comparator === 'ILIKE' ? 'i' : '').test(status);
}

/** MLflow's patterns have no escape: a backslash is a backslash. */
function escaped(pattern: string): string {
  return pattern.replaceAll('\\', '\\\\');
}

function globOf(pattern: string): string {
  return pattern.replace(/[*?[]/g, '[$&]').replaceAll('%', '*').replaceAll('_', '?');
}
