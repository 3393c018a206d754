import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Points as they were acknowledged, until they are merged into their series. A series is a set of points, so their order is of no account. */
@Entity()
export class MetricLog {
  @PrimaryColumn('varchar')
  id: string;

  @Column('varchar')
  runId: string;

  @Column('integer')
  points: number;

  /** as in point-batch.ts */
  @Column('blob')
  data: Buffer;
}
