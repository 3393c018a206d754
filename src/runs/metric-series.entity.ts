import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { anyFloat, infiniteFloat } from '../access/float-columns.js';
import { MetricValueScalar } from '../access/scalars.js';

/**
 * One metric of one run in a line: what the runs table shows, filters and orders by. The points are in metric_chunk. A row exists only
 * for a metric with values, so NULL in `last` means NaN.
 */
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
  @Column('double precision', { nullable: true, transformer: anyFloat })
  last: number;

  @Field(() => Float)
  @Column('double precision')
  lastStep: number;

  @Field(() => MetricValueScalar, { nullable: true, description: 'of the values that are not NaN' })
  @Column('double precision', { nullable: true, transformer: infiniteFloat })
  min: number | null;

  @Field(() => MetricValueScalar, { nullable: true, description: 'of the values that are not NaN' })
  @Column('double precision', { nullable: true, transformer: infiniteFloat })
  max: number | null;

  @Field(() => Int)
  @Column('integer')
  nanCount: number;
}
