import { type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';

const text = (name: string) => ({ name, type: 'varchar' });

const blob = new Table({
  name: 'artifact_blob',
  columns: [
    { ...text('sha256'), isPrimary: true },
    { name: 'bytes', type: 'double precision' },
    text('storedAt'),
    text('touchedAt'),
    { ...text('trashedAt'), isNullable: true },
  ],
  indices: [{ columnNames: ['trashedAt'] }],
});
const DELETED = new TableColumn({ name: 'deletedAt', type: 'varchar', isNullable: true });

/** A row for each stored content, and a trash for the files of runs. What older versions stored has been touched when they are upgraded. */
export class ArtifactBlobs1764029500000 implements MigrationInterface {
  name = 'ArtifactBlobs1764029500000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(blob.clone());
    const isPostgres = queryRunner.dataSource.options.type === 'postgres';
    const now = isPostgres
      ? `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
      : "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    await queryRunner.query(
      `INSERT INTO artifact_blob ("sha256", "bytes", "storedAt", "touchedAt")
       SELECT "sha256", MAX("bytes"), ${now}, ${now} FROM run_artifact GROUP BY "sha256"`,
    );
    // on SQLite TypeORM would copy the whole table to add a column
    if (isPostgres) await queryRunner.addColumn('run_artifact', DELETED.clone());
    else await queryRunner.query('ALTER TABLE run_artifact ADD COLUMN "deletedAt" varchar');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('run_artifact', 'deletedAt');
    await queryRunner.dropTable('artifact_blob');
  }
}
