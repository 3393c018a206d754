import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The seal of a run: the hash of the manifest that was written before it began. In plain SQL: TypeORM would copy the table on SQLite, and
 * lose the indexes for a part of its rows.
 */
export class RunManifest1764029730000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Postgres compares all our texts by their bytes, as SQLite does.
    const collation = queryRunner.connection.options.type === 'postgres' ? ' COLLATE "C"' : '';
    await queryRunner.query(`ALTER TABLE "run" ADD COLUMN "manifestHash" varchar${collation}`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('ALTER TABLE "run" DROP COLUMN "manifestHash"');
  }
}
