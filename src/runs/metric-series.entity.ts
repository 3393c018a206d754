import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { MetricValueScalar } from '../access/scalars.js';

/** SQLite has no NaN: it is stored as NULL. A row exists only for a metric with values, so NULL in `last` means NaN. */
const nanAsNull = {
  to: (value: number | null | undefined) =>
    value === null || value === undefined || Number.isNaN(value) ? null : value,
  from: (value: number | null) => (value === null ? Number.NaN : value),
};

/** One metric of one run in a line: what the runs table shows, filters and orders by. The points are in metric_chunk. */
@Entity()
@ObjectType('MetricSummary')
@Index(['name', 'last'])
export class MetricSeries {
  @PrimaryColumn('varchar')
  runId: string;

  @Field(() => String)
  @PrimaryColumn('varchar')
  name: string;

  @Field(() => Int)
  @Column('integer')
  count: number;

  @Field(() => MetricValueScalar)
  @Column('double precision', { nullable: true, transformer: nanAsNull })
  last: number;

  @Field(() => Float)
  @Column('double precision')
  lastStep: number;

  @Field(() => MetricValueScalar, { nullable: true, description: 'of the values that are not NaN' })
  @Column('double precision', { nullable: true })
  min: number | null;

  @Field(() => MetricValueScalar, { nullable: true, description: 'of the values that are not NaN' })
  @Column('double precision', { nullable: true })
  max: number | null;

  @Field(() => Int)
  @Column('integer')
  nanCount: number;
}
