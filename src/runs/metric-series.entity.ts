import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { anyFloat, infiniteFloat } from '../access/float-columns.js';
import { MetricValueScalar } from '../access/scalars.js';

const optional = { nullable: true, transformer: infiniteFloat } as const;

/**
 * One metric of one run in a line: what the runs table shows, filters and orders by. The points are in metric_chunk. A row exists only
 * for a metric with values, so NULL in `last` means NaN. The last point is the one with the greatest step, then time, then value.
 */
@Entity({ withoutRowid: true })
@ObjectType('MetricSummary')
@Index(['name', 'last'])
@Index(['name', 'finiteMin'])
@Index(['name', 'finiteMax'])
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

  /** ms since the epoch */
  @Column('double precision')
  lastTime: number;

  @Column('double precision')
  firstStep: number;

  @Field(() => MetricValueScalar, { nullable: true, description: 'of the values that are not NaN' })
  @Column('double precision', optional)
  min: number | null;

  @Field(() => MetricValueScalar, { nullable: true, description: 'of the values that are not NaN' })
  @Column('double precision', optional)
  max: number | null;

  /** of the finite values: the best of a metric that is minimised. Infinities are never best. */
  @Column('double precision', optional)
  finiteMin: number | null;

  /** of the finite values: the best of a metric that is maximised */
  @Column('double precision', optional)
  finiteMax: number | null;

  /** of the values that are not NaN; NaN if -Infinity and Infinity are among them */
  @Column('double precision', { nullable: true, transformer: anyFloat })
  sum: number;

  @Field(() => Int)
  @Column('integer')
  nanCount: number;

  /** the next chunk's number */
  @Column('integer')
  nextSeq: number;

  /** chunks from this number on are the tail: less than one full chunk together, in order, and merged when they fill one */
  @Column('integer')
  tailSeq: number;

  @Column('integer')
  tailPoints: number;

  /** points in the last chunk of the tail, which grows until it is worth a chunk of its own; 0: there is none */
  @Column('integer')
  openPoints: number;
}
