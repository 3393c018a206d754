import { Field, Float, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantScalar } from '../access/scalars.js';

/** A file that a run left behind: a name for a content, and a reference that keeps it. On disk a file is its hash. */
@Entity()
@ObjectType()
export class RunArtifact {
  /** of the run, or of what else may own files */
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

  @Field(() => InstantScalar, { nullable: true, description: 'in the trash since' })
  @Column('varchar', { nullable: true })
  deletedAt: string | null;
}
