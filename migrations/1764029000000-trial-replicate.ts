import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';

const REPLICATE = new TableColumn({ name: 'replicate', type: 'integer', default: 0 });

/** Which repetition of its parameters a trial is: sweeps with `seeds`. */
export class TrialReplicate1764029000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.addColumn('trial', REPLICATE);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropColumn('trial', REPLICATE);
  }
}
