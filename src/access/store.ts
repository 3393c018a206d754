import { AsyncLocalStorage } from 'node:async_hooks';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral, QueryDeepPartialEntity } from 'typeorm';
import { RanksweepError } from '../core/errors.js';
import type { WriteAheadLog } from './write-ahead-log.js';

/** `work` as one transaction, alone among all writers. */
export type Transact = <Result>(work: (tx: EntityManager) => Promise<Result>) => Promise<Result>;

/**
 * The only door to the database. On SQLite all of TypeORM's requests share one query runner, so a plain insert made while another
 * request's transaction is open would join it and vanish with its rollback. Therefore: every write is a transaction on the writer,
 * one at a time, first in first out; every read goes to a second connection, which sees only what is committed. Several servers may
 * use one Postgres: there `transact` makes the writes of all of them one after the other. What SQL must heed: dialect.ts.
 */
export class Store {
  private lastWrite: Promise<unknown> = Promise.resolve();
  private readonly writing = new AsyncLocalStorage<true>();

  constructor(
    private readonly writer: DataSource,
    private readonly reader: DataSource,
    private readonly release: () => void,
    private readonly transact: Transact = (work) => writer.transaction(work),
    private readonly log?: WriteAheadLog,
  ) {}

  /** Reads committed rows. Never write through it: the connection refuses. */
  get read(): EntityManager {
    return this.reader.manager;
  }

  /**
   * Runs `work` as one transaction, after all earlier ones. It is stored when the promise resolves; nothing is if `work` rejects. The next
   * transaction begins when this one is committed: on SQLite both are then flushed to disk together.
   * Parts of a transaction take its manager as an argument: a write that waits for a write within it would wait for ever.
   */
  write<Result>(work: (tx: EntityManager) => Promise<Result>): Promise<Result> {
    if (this.writing.getStore()) throw new Error('a write within a write: pass the transaction on');
    const transaction = () => {
      this.log?.check();
      return this.writing.run(true, () => this.transact(work));
    };
    const result = this.lastWrite.then(transaction);
    this.lastWrite = result.catch(() => undefined).then(() => this.log?.tidy());
    return this.log === undefined ? result : this.whenSafe(result, this.log);
  }

  private async whenSafe<Result>(result: Promise<Result>, log: WriteAheadLog): Promise<Result> {
    const value = await result;
    await log.committed();
    return value;
  }

  /** Waits for the writes under way, then closes both connections. */
  async close(): Promise<void> {
    await this.lastWrite;
    await this.log?.close();
    await this.reader.destroy();
    await this.writer.destroy();
    this.release();
  }
}

/** Inserts one row and returns it: what was stored is what was given. */
export async function insertRow<Row extends ObjectLiteral>(
  tx: EntityManager,
  entity: EntityTarget<Row>,
  row: Row,
): Promise<Row> {
  await tx.insert(entity, row as QueryDeepPartialEntity<Row>);
  return row;
}

/**
 * The row whose ID is `id`, or the only one whose ID starts with it (people abbreviate).
 * @throws RanksweepError CONFLICT when several start with it
 */
export async function findByIdPrefix<Row extends ObjectLiteral>(
  manager: EntityManager,
  entity: EntityTarget<Row>,
  id: string,
  column = 'id',
): Promise<Row | null> {
  if (id === '') return null;
  const rows = await manager
    .createQueryBuilder(entity, 'row')
    .where(`row.${column} >= :id AND row.${column} < :end`, { id, end: `${id}\u{10ffff}` })
    .orderBy(`row.${column}`)
    .take(2)
    .getMany();
  const [first, second] = rows;
  if (first === undefined || second === undefined || first[column] === id) return first ?? null;
  const name = manager.dataSource.getMetadata(entity).targetName.toLowerCase();
  throw new RanksweepError('CONFLICT', `several ${name}s start with "${id}": give more characters`);
}

/** @throws RanksweepError NOT_FOUND */
export function found<Row>(row: Row | null | undefined, what: string, id: string): Row {
  if (row !== null && row !== undefined) return row;
  throw new RanksweepError('NOT_FOUND', `there is no ${what} "${id}"`);
}
