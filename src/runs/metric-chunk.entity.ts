import { Column, Entity, PrimaryColumn } from 'typeorm';
import { infiniteFloat } from '../access/float-columns.js';

/**
 * About a thousand points of one metric in columns: little-endian Float64 arrays of equal length, in the order of arrival.
 * The header's first and last step, minimum and maximum let a zoomed-out chart skip the arrays.
 */
@Entity()
export class MetricChunk {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  name: string;

  /** from 0, by time of arrival */
  @PrimaryColumn('integer')
  seq: number;

  @Column('integer')
  count: number;

  @Column('double precision')
  firstStep: number;

  @Column('double precision')
  lastStep: number;

  /** of the values that are not NaN; null: all are */
  @Column('double precision', { nullable: true, transformer: infiniteFloat })
  min: number | null;

  @Column('double precision', { nullable: true, transformer: infiniteFloat })
  max: number | null;

  @Column('integer')
  nanCount: number;

  @Column('blob')
  steps: Buffer;

  @Column('blob')
  values: Buffer;

  /** ms since the epoch */
  @Column('blob')
  times: Buffer;
}
