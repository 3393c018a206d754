import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { GateVerdictEnum } from '../access/graphql-enums.js';
import { InstantScalar, JsonScalar } from '../access/scalars.js';
import type { GateVerdictWord } from '../core/gate-policy.js';

/** What a policy said of a run, with all that it was computed from. Written once, and kept even when the run is removed. */
@Entity()
@ObjectType()
export class GateRecord {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => ID)
  @Index()
  @Column('varchar')
  runId: string;

  @Field(() => GateVerdictEnum)
  @Column('varchar')
  verdict: GateVerdictWord;

  @Field(() => String, { description: 'in words' })
  @Column('text')
  why: string;

  @Field(() => String)
  @Column('varchar')
  policyName: string;

  @Field(() => String, { description: 'of the complete policy: equal for two files that mean the same' })
  @Column('varchar')
  policyHash: string;

  @Field(() => JsonScalar, { description: 'complete: every default filled in' })
  @Column('simple-json')
  policy: unknown;

  @Field(() => JsonScalar, {
    description: '{moreItems, results, amplification}: what each requirement came to, in numbers and words',
  })
  @Column('simple-json')
  evidence: unknown;

  @Field(() => JsonScalar, {
    description: '[{set, score, itemsHash, valuesHash}]: the items and scores that it was computed from',
  })
  @Column('simple-json')
  inputs: unknown;

  @Field(() => InstantScalar)
  @Column('varchar')
  judgedAt: string;
}
