import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';

const text = (name: string) => ({ name, type: 'varchar' });
const long = (name: string) => ({ name, type: 'text' });

const probe = new Table({
  name: 'probe',
  columns: [
    { ...text('id'), isPrimary: true },
    { ...text('ofRunId'), isNullable: true },
    ...[text('modelHash'), text('whatHash'), text('environmentKey'), long('environment')],
    { name: 'steps', type: 'integer' },
    long('series'),
    { ...text('weightsHash'), isNullable: true },
    ...[long('weightDistances'), text('probedAt')],
  ],
  indices: [{ columnNames: ['modelHash', 'environmentKey'] }],
});

/** What was seen of the determinism of backends. Verdicts that are there keep their words and their evidence. */
export class Probes1764029740000 implements MigrationInterface {
  name = 'Probes1764029740000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createTable(probe.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('probe');
  }
}
