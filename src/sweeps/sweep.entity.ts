import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { SweepStateEnum } from '../access/graphql-enums.js';
import { InstantScalar, JsonScalar } from '../access/scalars.js';
import type { SweepState } from '../core/states.js';
import type { StopRules } from '../core/stop-rules.js';
import type { TrialRecord } from '../search/sampler.js';

/** A change that a person made to a sweep while it was there. */
export interface SweepEdit {
  at: string;
  /** how many trials there were */
  afterTrial: number;
  /** runCap, a field of the stop rules, or referencePoint */
  field: string;
  from: number | Record<string, number> | null;
  to: number | Record<string, number> | null;
  because: string | null;
}

/** What an earlier sweep of the same space brought. */
export interface WarmStart {
  sweepId: string;
  history: TrialRecord[];
}

/** A search over a space. The YAML that a person wrote is kept beside what it was understood as. */
@Entity()
@ObjectType()
@Index(['state', 'createdAt'])
export class Sweep {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => String)
  @Column('varchar')
  name: string;

  @Index()
  @Column('varchar')
  projectId: string;

  @Field(() => SweepStateEnum)
  @Column('varchar')
  state: SweepState;

  @Field(() => String)
  @Column('text')
  yaml: string;

  @Field(() => String, { nullable: true, description: 'name of the file that it came from' })
  @Column('varchar', { nullable: true })
  source: string | null;

  @Field(() => JsonScalar, { description: 'the parsed sweep, every default filled in' })
  @Column('simple-json')
  config: unknown;

  @Field(() => String)
  @Column('varchar')
  method: string;

  @Field(() => JsonScalar, { nullable: true })
  @Column('simple-json', { nullable: true })
  metric: unknown;

  @Field(() => Float)
  @Column('double precision')
  seed: number;

  @Field(() => Int, { nullable: true })
  @Column('integer', { nullable: true })
  runCap: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'run_cap or the size of the grid; null: until it is stopped',
  })
  @Column('integer', { nullable: true })
  plannedTrials: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: '{seconds, gpuHours, noImprovement, failures}: when no more trials are suggested',
  })
  @Column('simple-json', { nullable: true })
  stopRules: StopRules | null;

  @Field(() => String, { nullable: true, description: 'why no more trials are suggested' })
  @Column('text', { nullable: true })
  endReason: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      '{objective: value} that hypervolume is measured from, with several objectives; null: not fixed yet (editSweep and edits show how)',
  })
  @Column('simple-json', { nullable: true })
  referencePoint: Record<string, number> | null;

  @Field(() => JsonScalar, { description: '[{at, afterTrial, field, from, to, because}]' })
  @Column('simple-json', { default: '[]' })
  edits: SweepEdit[];

  @Field(() => JsonScalar, { description: 'trials of earlier sweeps that the search knew from the start' })
  @Column('simple-json', { default: '[]' })
  warmStart: WarmStart[];

  @Field(() => InstantScalar)
  @Column('varchar')
  createdAt: string;

  @Field(() => InstantScalar, { nullable: true })
  @Column('varchar', { nullable: true })
  endedAt: string | null;
}
