import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const text = (name: string) => ({ name, type: 'varchar' });
const long = (name: string) => ({ name, type: 'text' });
const int = (name: string) => ({ name, type: 'integer' });

const check = new Table({
  name: 'dataset_check',
  columns: [
    { ...text('key'), isPrimary: true },
    ...[text('datasetHash'), int('version'), int('examples')],
    ...[long('files'), long('counts'), long('findings'), text('checkedAt')],
  ],
  indices: [{ columnNames: ['datasetHash'] }],
});

/** What checks found in training sets. */
export class DatasetChecks1764029750000 implements MigrationInterface {
  name = 'DatasetChecks1764029750000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(check.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('dataset_check');
  }
}
