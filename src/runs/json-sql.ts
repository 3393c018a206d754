/** A value inside a JSON column as SQL: each expression is NULL unless the value is of that type; `list` covers booleans and lists, as text. */
export interface JsonSql {
  number: string;
  text: string;
  other: string;
  present: string;
}

type Bind = (value: unknown) => string;

/** @param column a text column that holds JSON, e.g. `run.facts` @param keys from the root; numbers are places in lists, from 0 */
export function jsonSql(
  dialect: 'sqlite' | 'postgres',
  column: string,
  keys: (string | number)[],
  bind: Bind,
): JsonSql {
  return dialect === 'postgres' ? postgresJson(column, keys, bind) : sqliteJson(column, keys, bind);
}

function sqliteJson(column: string, keys: (string | number)[], bind: Bind): JsonSql {
  const path = bind(sqliteJsonPath(keys));
  const [type, value] = [`json_type(${column}, ${path})`, `json_extract(${column}, ${path})`];
  return {
    number: `CASE WHEN ${type} IN ('integer', 'real') THEN ${value} END`,
    text: `CASE WHEN ${type} = 'text' THEN ${value} END`,
    other: `CASE WHEN ${type} IN ('true', 'false') THEN ${type} WHEN ${type} IN ('array', 'object') THEN ${value} END`,
    present: `(${type} IS NOT NULL AND ${type} <> 'null')`,
  };
}

function postgresJson(column: string, keys: (string | number)[], bind: Bind): JsonSql {
  const node = `(CAST(${column} AS jsonb) #> CAST(ARRAY[${keys.map((key) => bind(String(key))).join(', ')}] AS text[]))`;
  const [type, value] = [`jsonb_typeof(${node})`, `(${node} #>> '{}')`];
  return {
    number: `CASE WHEN ${type} = 'number' THEN CAST(${value} AS double precision) END`,
    text: `CASE WHEN ${type} = 'string' THEN ${value} END`,
    other: `CASE WHEN ${type} IN ('boolean', 'array', 'object') THEN ${value} END`,
    present: `(${type} IS NOT NULL AND ${type} <> 'null')`,
  };
}

/** As SQLite's json_extract wants it: $."lora"."rank"[0]. */
export function sqliteJsonPath(keys: (string | number)[]): string {
  return `$${keys.map((key) => (typeof key === 'number' ? `[${key}]` : `."${key}"`)).join('')}`;
}
