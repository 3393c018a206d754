import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

/** What a sweep's stopping rule decided, with the numbers that decided. */
export class StopDecisions1764028800000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'stop_decision',
        columns: [
          { name: 'runId', type: 'varchar', isPrimary: true },
          { name: 'rung', type: 'integer', isPrimary: true },
          { name: 'trialId', type: 'varchar' },
          { name: 'rule', type: 'varchar' },
          { name: 'stop', type: 'boolean' },
          { name: 'step', type: 'double precision' },
          { name: 'value', type: 'text' },
          { name: 'threshold', type: 'text', isNullable: true },
          { name: 'probability', type: 'double precision', isNullable: true },
          { name: 'predicted', type: 'text', isNullable: true },
          { name: 'peers', type: 'integer' },
          { name: 'why', type: 'text' },
          { name: 'decidedAt', type: 'varchar' },
        ],
        indices: [{ columnNames: ['trialId'] }],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('stop_decision');
  }
}
