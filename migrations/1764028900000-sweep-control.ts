import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

const SWEEP = [
  new TableColumn({ name: 'stopRules', type: 'text', isNullable: true }),
  new TableColumn({ name: 'endReason', type: 'text', isNullable: true }),
  new TableColumn({ name: 'edits', type: 'text', default: "'[]'" }),
  new TableColumn({ name: 'warmStart', type: 'text', default: "'[]'" }),
];
const TRIAL = [new TableColumn({ name: 'historyChanges', type: 'text', isNullable: true })];

/** Stop rules of a sweep and edits of them, why it ended, what it was started from, and what each suggestion saw. */
export class SweepControl1764028900000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumns('sweep', SWEEP);
    await queryRunner.addColumns('trial', TRIAL);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumns('trial', TRIAL);
    await queryRunner.dropColumns('sweep', SWEEP);
  }
}
