import { Field, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a run read: one row per use ("train", "validation", "evaluations.NAME"). */
@Entity()
@ObjectType()
export class RunDataset {
  @PrimaryColumn('varchar')
  runId: string;

  @Field(() => String)
  @PrimaryColumn('varchar')
  use: string;

  @Field(() => String)
  @Column('varchar')
  path: string;

  @Index()
  @Column('varchar')
  datasetHash: string;

  /** SHA-256 of the bytes that this run read: may differ between runs on equal examples */
  @Field(() => String)
  @Column('varchar')
  contentHash: string;
}
