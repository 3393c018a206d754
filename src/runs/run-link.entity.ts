import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantScalar, JsonScalar } from '../access/scalars.js';

/** How a run came from another: it repeats it, goes on with its training, changes its config, or begins with its weights. */
export const LINK_KINDS = ['reproduces', 'resumes', 'derives_from', 'warm_starts_from'] as const;
export type LinkKind = (typeof LINK_KINDS)[number];

@Entity()
@ObjectType()
export class RunLink {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  runId: string;

  @Field(() => ID, { description: 'the earlier run' })
  @Index()
  @PrimaryColumn('varchar')
  fromId: string;

  @Field(() => String, { description: 'reproduces | resumes | derives_from | warm_starts_from' })
  @PrimaryColumn('varchar')
  kind: LinkKind;

  @Field(() => Int, { nullable: true, description: 'of the earlier run, from which this one goes on' })
  @Column('integer', { nullable: true })
  step: number | null;

  @Field(() => JsonScalar, { description: 'what was set: {"seed": 8}' })
  @Column('simple-json')
  changes: unknown;

  @Field(() => InstantScalar)
  @Column('varchar')
  linkedAt: string;
}
