import { Field, Float, ID, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantScalar, JsonScalar } from '../access/scalars.js';

/** The verdict on a run that repeats another, with its evidence. Shown on both. */
@Entity()
@ObjectType()
export class Reproduction {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  reproductionId: string;

  @Field(() => ID)
  @Index()
  @Column('varchar')
  originalId: string;

  @Field(() => String, {
    description:
      'identical | within_kernel_noise | within_seed_variance | different; from older versions within_tolerance or differs',
  })
  @Column('varchar')
  verdict: string;

  @Field(() => Float, { nullable: true, description: 'of the first difference' })
  @Column('double precision', { nullable: true })
  step: number | null;

  @Field(() => String, { nullable: true, description: 'of the first difference' })
  @Column('varchar', { nullable: true })
  metric: string | null;

  @Field(() => JsonScalar)
  @Column('simple-json')
  evidence: unknown;

  @Field(() => JsonScalar, { description: 'of code and environment, named before it ran' })
  @Column('simple-json')
  differences: unknown;

  @Field(() => InstantScalar)
  @Column('varchar')
  judgedAt: string;
}
