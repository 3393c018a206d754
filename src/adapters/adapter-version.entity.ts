import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { GateVerdictEnum } from '../access/graphql-enums.js';
import { InstantScalar } from '../access/scalars.js';
import type { GateVerdictWord } from '../core/gate-policy.js';

/** An adapter under the name of what it is for: a customer, a product line. Its files are artifacts under its own ID, so they outlive the run. */
@Entity()
@ObjectType()
@Index(['name', 'version'], { unique: true })
export class AdapterVersion {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => String)
  @Column('varchar')
  name: string;

  @Field(() => Int, { description: 'from 1' })
  @Column('integer')
  version: number;

  @Column('varchar')
  projectId: string;

  @Field(() => ID)
  @Index()
  @Column('varchar')
  runId: string;

  @Field(() => ID)
  @Column('varchar')
  gateId: string;

  @Field(() => GateVerdictEnum, { description: 'of the gate, when it was shipped' })
  @Column('varchar')
  verdict: GateVerdictWord;

  @Field(() => String)
  @Column('varchar')
  policyHash: string;

  @Field(() => String, {
    nullable: true,
    description: 'why it was shipped against the gate’s verdict, or by another policy than before',
  })
  @Column('text', { nullable: true })
  because: string | null;

  @Field(() => Int, { nullable: true })
  @Column('integer', { nullable: true })
  rank: number | null;

  @Field(() => Float, { nullable: true })
  @Column('double precision', { nullable: true })
  trainableParameters: number | null;

  @Field(() => Float, { description: 'of all files' })
  @Column('double precision')
  bytes: number;

  @Field(() => InstantScalar)
  @Column('varchar')
  shippedAt: string;
}
