import { Field, Float, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A file that a run left behind. Names live here only; on disk a file is its hash. */
@Entity()
@ObjectType()
export class RunArtifact {
  @PrimaryColumn('varchar')
  runId: string;

  /** path inside the run, e.g. adapter/adapter_model.safetensors */
  @Field(() => String)
  @PrimaryColumn('varchar')
  name: string;

  @Field(() => String)
  @Index()
  @Column('varchar')
  sha256: string;

  @Field(() => Float)
  @Column('double precision')
  bytes: number;
}
