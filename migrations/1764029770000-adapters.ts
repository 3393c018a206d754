import { type MigrationInterface, type QueryRunner, Table, type TableColumnOptions } from 'typeorm';

const key = (name: string): TableColumnOptions => ({ name, type: 'varchar', isPrimary: true });
const text = (name: string): TableColumnOptions => ({ name, type: 'varchar' });
const long = (name: string): TableColumnOptions => ({ name, type: 'text' });
const whole = (name: string): TableColumnOptions => ({ name, type: 'integer' });
const real = (name: string): TableColumnOptions => ({ name, type: 'double precision' });
const optional = (column: TableColumnOptions): TableColumnOptions => ({ ...column, isNullable: true });

const TABLES = [
  new Table({
    name: 'gate_record',
    columns: [
      ...[key('id'), text('runId'), text('verdict'), long('why'), text('policyName'), text('policyHash')],
      ...[long('policy'), long('evidence'), long('inputs'), text('judgedAt')],
    ],
    indices: [{ columnNames: ['runId'] }],
  }),
  new Table({
    name: 'adapter_version',
    columns: [
      ...[key('id'), text('name'), whole('version'), text('projectId'), text('runId'), text('gateId')],
      ...[text('verdict'), text('policyHash'), optional(long('because')), optional(whole('rank'))],
      ...[optional(real('trainableParameters')), real('bytes'), text('shippedAt')],
    ],
    indices: [{ columnNames: ['name', 'version'], isUnique: true }, { columnNames: ['runId'] }],
  }),
  new Table({
    name: 'adapter_event',
    columns: [
      ...[key('name'), { ...whole('number'), isPrimary: true }, text('action'), whole('version')],
      ...[optional(long('because')), text('at')],
    ],
  }),
];

/** Verdicts of gates, and the adapters that were shipped under names. */
export class Adapters1764029770000 implements MigrationInterface {
  name = 'Adapters1764029770000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of TABLES) await queryRunner.createTable(table.clone());
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const { name } of TABLES) await queryRunner.dropTable(name);
  }
}
