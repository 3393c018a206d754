import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * A parameter as the text in which another program logged it, e.g. learning_rate = "1e-4". It never changes; `run.config` holds what
 * these texts mean.
 */
@Entity()
export class RunParam {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  @Index()
  key: string;

  @Column('text')
  value: string;
}
