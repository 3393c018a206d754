import type { DataSource, EntityManager, SelectQueryBuilder } from 'typeorm';

/**
 * Where the SQL of SQLite and of Postgres differs. All else is written once, so that it runs on both:
 *
 * - values: bind them (`:name` in a query builder, `manager.sql` with a template or `runSql` for whole statements: never `$1`);
 * - names: columns are camelCase, so quote them in raw SQL ("runId"); a query builder does it where it knows the alias;
 * - conflicts: `upsert`, `orIgnore`, never INSERT OR …; a failed statement ends a Postgres transaction, so never insert and catch;
 * - types in migrations: varchar, text, integer (32 bits on Postgres), bigint, double precision, boolean, blob (bytea on Postgres);
 * - types in queries: no comparison or COALESCE of text with numbers, no comparison of booleans with 1, no typeof();
 * - NULL sorts first on SQLite and last on Postgres: order by keys that are never NULL;
 * - LIKE ignores the case of letters on SQLite only: use `like` below; text sorts by code point on both;
 * - every selected column of a GROUP BY is grouped or an aggregate; SUM and COUNT come as numbers.
 */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** an infinite number */
  infinity(value: number): string;
  /** whether `text` is like the bound `pattern` (% and _, escaped by \), whatever the case of the letters A to Z */
  like(text: string, pattern: string): string;
  /** what is bound as the path of jsonNumber and jsonText: keys and indices of lists */
  jsonPath(keys: readonly (string | number)[]): string;
  /** the number at a path of a column with JSON text; NULL if there is another value, or none */
  jsonNumber(column: string, path: string): string;
  /** the string at a path; NULL if there is another value, or none */
  jsonText(column: string, path: string): string;
  /** true or false at a path as text, a list or map as JSON; NULL if there is another value, or none */
  jsonOther(column: string, path: string): string;
}

const sqlite: Dialect = {
  name: 'sqlite',
  infinity: (value) => (value > 0 ? '9e999' : '-9e999'),
  like: (text, pattern) => `${text} LIKE ${pattern} ESCAPE '\\'`,
  jsonPath,
  jsonNumber: (column, path) => sqliteOfType(column, path, "'integer', 'real'"),
  jsonText: (column, path) => sqliteOfType(column, path, "'text'"),
  jsonOther: (column, path) =>
    `CASE json_type(${column}, ${path}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'array' THEN json_extract(${column}, ${path}) WHEN 'object' THEN json_extract(${column}, ${path}) END`,
};

function sqliteOfType(column: string, path: string, types: string): string {
  return `CASE WHEN json_type(${column}, ${path}) IN (${types}) THEN json_extract(${column}, ${path}) END`;
}

const postgres: Dialect = {
  name: 'postgres',
  infinity: (value) => `CAST('${value}' AS double precision)`,
  like: (text, pattern) =>
    `lower(${text} COLLATE "C") LIKE lower(CAST(${pattern} AS text) COLLATE "C") ESCAPE '\\'`,
  jsonPath: (keys) => `strict ${jsonPath(keys)}`,
  jsonNumber: (column, path) => {
    const value = postgresJson(column, path);
    return `CASE jsonb_typeof(${value}) WHEN 'number' THEN CAST(${value} AS double precision) END`;
  },
  jsonText: (column, path) => postgresOfType(column, path, "'string'"),
  jsonOther: (column, path) => postgresOfType(column, path, "'boolean', 'array', 'object'"),
};

function postgresOfType(column: string, path: string, types: string): string {
  const value = postgresJson(column, path);
  return `CASE WHEN jsonb_typeof(${value}) IN (${types}) THEN (${value} #>> '{}') COLLATE "C" END`;
}

/** Silent: a path that does not fit the value has none. */
function postgresJson(column: string, path: string): string {
  return `jsonb_path_query_first(CAST(${column} AS jsonb), CAST(${path} AS jsonpath), '{}', true)`;
}

/** $."lora"."rank"[0] */
function jsonPath(keys: readonly (string | number)[]): string {
  return `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `."${key}"`)).join('')}`;
}

// biome-ignore lint/suspicious/noExplicitAny: of any entity
type OfDatabase = DataSource | Pick<EntityManager | SelectQueryBuilder<any>, 'dataSource'>;

/** The dialect of the database that this manager, query or data source works on. */
export function dialectOf(database: OfDatabase): Dialect {
  const { options } = 'dataSource' in database ? database.dataSource : database;
  return options.type === 'postgres' ? postgres : sqlite;
}

/** Runs a statement whose `?` are bound in their order, on either database. */
export function runSql(manager: EntityManager, sql: string, values: unknown[] = []) {
  if (dialectOf(manager).name === 'sqlite') return manager.query(sql, values);
  let bound = 0;
  return manager.query(
    sql.replace(/\?/g, () => `$${++bound}`),
    values,
  );
}
