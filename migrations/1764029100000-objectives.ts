import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

const SWEEP = [new TableColumn({ name: 'referencePoint', type: 'text', isNullable: true })];
const TRIAL = [new TableColumn({ name: 'outcomes', type: 'text', isNullable: true })];
const STOP_DECISION = [
  new TableColumn({ name: 'metric', type: 'varchar', isNullable: true }),
  new TableColumn({ name: 'judged', type: 'text', isNullable: true }),
];

/** Several objectives and limits on outcomes: what a trial brought, where hypervolume starts, and which metric a stop was decided by. */
export class Objectives1764029100000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumns('sweep', SWEEP);
    await queryRunner.addColumns('trial', TRIAL);
    await queryRunner.addColumns('stop_decision', STOP_DECISION);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumns('stop_decision', STOP_DECISION);
    await queryRunner.dropColumns('trial', TRIAL);
    await queryRunner.dropColumns('sweep', SWEEP);
  }
}
