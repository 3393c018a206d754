import pg from 'pg';
import type { DataSource, TableColumn } from 'typeorm';
import { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { ReplicationMode } from 'typeorm/driver/types/ReplicationMode.js';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';
import { isInfinity } from './float-columns.js';
import { postgresProblem } from './postgres-errors.js';

const INT8 = 20;
const NUMERIC = 1700;
const TEXT_TYPES = /^(text|varchar|character varying)/;

/** Says what a person can do where Postgres is away, full or read-only: clients then know that it is worth trying again. */
class PortableQueryRunner extends PostgresQueryRunner {
  override async query(sql: string, parameters?: unknown[], useStructuredResult?: boolean) {
    try {
      return await super.query(sql, parameters as never, useStructuredResult as true);
    } catch (error) {
      throw postgresProblem(error) ?? error;
    }
  }
}

/**
 * TypeORM's driver, so that entities and migrations are written once and mean on Postgres what they mean on SQLite:
 * `blob` is bytea; text sorts and compares by code point, whatever the database's language is; infinities are stored as they are;
 * what Postgres cannot store in a text becomes U+FFFD.
 */
class PortableDriver extends PostgresDriver {
  override createQueryRunner(mode: ReplicationMode): PostgresQueryRunner {
    return new PortableQueryRunner(this, mode);
  }

  override normalizeType(column: Parameters<PostgresDriver['normalizeType']>[0]): string {
    return (column.type as string) === 'blob' ? 'bytea' : super.normalizeType(column);
  }

  override createFullType(column: TableColumn): string {
    const type = column.type === 'blob' ? 'bytea' : super.createFullType(column);
    return TEXT_TYPES.test(type) ? `${type} COLLATE "C"` : type;
  }

  override preparePersistentValue(value: unknown, column: ColumnMetadata): unknown {
    const prepared = super.preparePersistentValue(value, column);
    if (isInfinity(prepared)) return prepared.value;
    return typeof prepared === 'string' ? storable(prepared, column.type === 'simple-json') : prepared;
  }
}

/** Connects with the portable driver. The entities' text columns, too, say how they sort, for the check that the migrations make them so. */
export async function connectPortably(dataSource: DataSource): Promise<DataSource> {
  Object.assign(dataSource, { driver: new PortableDriver(dataSource) });
  await dataSource.initialize();
  for (const column of dataSource.entityMetadatas.flatMap(({ columns }) => columns)) {
    if (TEXT_TYPES.test(dataSource.driver.normalizeType(column))) column.collation = 'C';
  }
  return dataSource;
}

/** Counts, sums and whole numbers of 64 bits come as numbers, as from SQLite, not as text. */
export const numbersAsNumbers: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format as 'text')) as never,
};

/**
 * What Postgres refuses in text, and in JSON when a filter looks into it: NUL and halves of surrogate pairs. JSON.stringify writes them
 * as escapes, which may themselves follow an escaped backslash.
 */
const UNSTORABLE = /\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/gs;

export function storable(text: string, isJson: boolean): string {
  if (!isJson) return text.replaceAll('\0', '\ufffd');
  if (!text.includes('\\u')) return text;
  return text.replace(UNSTORABLE, (escaped) => (escaped.length > 2 ? '\ufffd' : escaped));
}
