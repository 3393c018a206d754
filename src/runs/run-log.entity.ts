import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Lines that a run's program printed, as they came with one batch of progress. */
@Entity()
export class RunLog {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('integer')
  batch: number;

  @Column('simple-json')
  lines: string[];
}
