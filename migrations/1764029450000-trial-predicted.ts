import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

const PREDICTED = new TableColumn({ name: 'predicted', type: 'text', isNullable: true });

/** The final value that a stopped trial was heading for: the search learns from it. */
export class TrialPredicted1764029450000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn('trial', PREDICTED);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('trial', PREDICTED);
  }
}
