import type { DataSource, DataSourceOptions, MigrationInterface } from 'typeorm';
import { RanksweepError } from '../core/errors.js';

type Class<Instance> = new () => Instance;

/** The tables as classes, and the migrations that make them, on every database. */
export interface Schema {
  entities: DataSourceOptions['entities'];
  migrations: Class<MigrationInterface>[];
}

/** What both databases are opened with: migrations only, never `synchronize`. */
export function schemaOptions({ entities, migrations }: Schema) {
  return { entities, migrations, synchronize: false } as const;
}

/** Runs the migrations that the database lacks. @throws RanksweepError CONFLICT if a newer version of Ranksweep wrote it */
export async function migrate(writer: DataSource, { migrations }: Schema): Promise<void> {
  await refuseNewerDatabase(writer, new Set(migrations.map(({ name }) => name)));
  await writer.runMigrations();
}

async function refuseNewerDatabase(writer: DataSource, known: ReadonlySet<string>): Promise<void> {
  const runner = writer.createQueryRunner();
  try {
    if (!(await runner.hasTable('migrations'))) return;
    const done: { name: string }[] = await runner.query('SELECT name FROM migrations ORDER BY id');
    const unknown = done.find(({ name }) => !known.has(name));
    if (unknown === undefined) return;
    throw new RanksweepError(
      'CONFLICT',
      `the database was written by a newer version of Ranksweep (${unknown.name}): update this one, or name another with --data or --database`,
    );
  } finally {
    await runner.release();
  }
}
