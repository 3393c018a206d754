import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const text = (name: string) => ({ name, type: 'varchar' });

const runLink = new Table({
  name: 'run_link',
  columns: [
    { ...text('runId'), isPrimary: true },
    { ...text('fromId'), isPrimary: true },
    { ...text('kind'), isPrimary: true },
    { name: 'step', type: 'integer', isNullable: true },
    { name: 'changes', type: 'text' },
    text('linkedAt'),
  ],
  indices: [{ columnNames: ['fromId'] }],
});

/** How runs come from each other, in one table: filled with the reproductions and resumptions that runs and their provenance name. */
export class RunLinks1764029740001 implements MigrationInterface {
  name = 'RunLinks1764029740001';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(runLink.clone());
    await queryRunner.query(
      `INSERT INTO run_link ("runId", "fromId", "kind", "step", "changes", "linkedAt")
       SELECT "id", "reproduces", 'reproduces', NULL, '{}', "startedAt" FROM run WHERE "reproduces" IS NOT NULL`,
    );
    const resumed: { id: string; provenance: string; startedAt: string }[] = await queryRunner.query(
      `SELECT "id", "provenance", "startedAt" FROM run WHERE "provenance" LIKE '%"resumedFrom"%'`,
    );
    for (const { id, provenance, startedAt } of resumed) {
      const { runId, step } = JSON.parse(provenance).resumedFrom ?? {};
      if (typeof runId !== 'string' || runId === id) continue;
      await queryRunner.manager
        .createQueryBuilder()
        .insert()
        .into('run_link', ['runId', 'fromId', 'kind', 'step', 'changes', 'linkedAt'])
        .values({ runId: id, fromId: runId, kind: 'resumes', step, changes: '{}', linkedAt: startedAt })
        .execute();
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('run_link');
  }
}
