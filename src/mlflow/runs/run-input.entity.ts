import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { Tag } from '../experiments/experiment.service.js';

/** A dataset that a run read, as the client describes it. What can be said of it in our words is in run_dataset too. */
@Entity()
export class RunInput {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  datasetHash: string;

  @Index()
  @Column('varchar')
  name: string;

  @Column('varchar')
  digest: string;

  /** "train", "eval", …: the tag mlflow.data.context */
  @Column('varchar', { nullable: true })
  context: string | null;

  @Column('varchar')
  sourceType: string;

  @Column('text')
  source: string;

  @Column('text', { nullable: true })
  schema: string | null;

  @Column('text', { nullable: true })
  profile: string | null;

  @Column('simple-json')
  tags: Tag[];
}
