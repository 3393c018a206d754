import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { dialectOf } from '../access/dialect.js';
import { Store } from '../access/store.js';
import { Run } from './run.entity.js';
import { RunField } from './run-field.entity.js';
import { fieldsOf } from './run-fields.js';

const COLUMNS = ['path', 'runId', 'kind', 'number', 'text'] as const;
/** × 5 columns: below the 32,766 bound values of SQLite and the 65,535 of Postgres */
const ROWS_PER_INSERT = 5000;
const RUNS_PER_TURN = 2000;

/**
 * Keeps run_field equal to the runs' configs. Whoever writes a config may call `store` in the same transaction; a trigger of the
 * database notes every config that was written, and `catchUp` makes good what nobody has stored.
 */
@Injectable()
export class RunFieldService implements OnApplicationBootstrap {
  constructor(private readonly store: Store) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.catchUp();
  }

  /** Stores the fields of these configs in place of what they had. */
  async save(tx: EntityManager, runs: Pick<Run, 'id' | 'config'>[]): Promise<void> {
    const ids = runs.map(({ id }) => id);
    await tx.delete(RunField, { runId: In(ids) });
    const rows = runs.flatMap(({ id, config }) => fieldsOf(id, config));
    for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
      await insertBound(tx, rows.slice(at, at + ROWS_PER_INSERT));
    }
    const indexed = tx.createQueryBuilder().delete().from('run_unindexed');
    await indexed.where('"runId" IN (:...ids)', { ids }).execute();
  }

  /** What was written without `save`: nothing, as a rule, which costs one look at an empty table. */
  async catchUp(): Promise<void> {
    while ((await unindexed(this.store.read)).length > 0) {
      await this.store.write(async (tx) => {
        const runs = await tx.find(Run, {
          select: { id: true, config: true },
          where: { id: In(await unindexed(tx)) },
        });
        await this.save(tx, runs);
      });
    }
  }
}

async function unindexed(manager: EntityManager): Promise<string[]> {
  const rows: { runId: string }[] = await manager
    .createQueryBuilder()
    .select('"runId"', 'runId')
    .from('run_unindexed', 'waiting')
    .limit(RUNS_PER_TURN)
    .getRawMany();
  return rows.map(({ runId }) => runId);
}

/** TypeORM would write the numbers into the SQL as text, and SQLite's reading of text is not exact to the last bit. */
async function insertBound(tx: EntityManager, rows: RunField[]): Promise<void> {
  const isPostgres = dialectOf(tx).name === 'postgres';
  let bound = 0;
  const place = () => (isPostgres ? `$${++bound}` : '?');
  const values = rows.map(() => `(${COLUMNS.map(place).join(', ')})`).join(', ');
  const columns = COLUMNS.map((name) => `"${name}"`).join(', ');
  // Postgres' texts cannot hold NUL; its driver stores the config itself in the same way
  const storable = (value: unknown) =>
    isPostgres && typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
  const parameters = rows.flatMap((row) => COLUMNS.map((name) => storable(row[name])));
  await tx.query(`INSERT INTO "run_field" (${columns}) VALUES ${values}`, parameters);
}
