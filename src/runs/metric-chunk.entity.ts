import { Column, Entity, PrimaryColumn } from 'typeorm';
import { anyFloat, infiniteFloat } from '../access/float-columns.js';

const optional = { nullable: true, transformer: infiniteFloat } as const;
const always = { nullable: true, transformer: anyFloat } as const;

/**
 * Up to 4,096 points of one metric in columns (column-codec.ts), in order of step, time and value. The chunks of a series do not overlap:
 * sorted by their first points they are the whole series. The header and `buckets` (metric-buckets.ts) let a chart that is zoomed out
 * skip the columns.
 */
@Entity()
export class MetricChunk {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  name: string;

  @PrimaryColumn('integer')
  seq: number;

  @Column('integer')
  count: number;

  @Column('double precision')
  firstStep: number;

  @Column('double precision')
  firstTime: number;

  @Column('double precision', always)
  first: number;

  @Column('double precision')
  lastStep: number;

  @Column('double precision')
  lastTime: number;

  @Column('double precision', always)
  last: number;

  /** of the values that are not NaN; null: all are */
  @Column('double precision', optional)
  min: number | null;

  @Column('double precision', optional)
  max: number | null;

  @Column('double precision', always)
  sum: number;

  @Column('integer')
  nanCount: number;

  /** empty in a chunk of the tail, whose points are few */
  @Column('blob')
  buckets: Buffer;

  @Column('blob')
  steps: Buffer;

  @Column('blob')
  values: Buffer;

  /** ms since the epoch */
  @Column('blob')
  times: Buffer;
}
