import type { MigrationInterface, QueryRunner } from 'typeorm';

const INDEXES = {
  /** the page of the newest runs */
  run_newest: '("startedAt", "id") WHERE "deletedAt" IS NULL',
  /** whether a run that a metric led to is in the trash, without reading its row: `deletedAt` lies behind the whole config */
  run_alive: '("id", "deletedAt")',
};

/** Indexes that a table of 100,000 runs is ordered and filtered by. */
export class RunIndexes1764029410000 implements MigrationInterface {
  name = 'RunIndexes1764029410000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const [name, columns] of Object.entries(INDEXES)) {
      await queryRunner.query(`CREATE INDEX "${name}" ON "run" ${columns}`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const name of Object.keys(INDEXES)) await queryRunner.query(`DROP INDEX "${name}"`);
  }
}
