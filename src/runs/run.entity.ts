import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { RunStateEnum } from '../access/graphql-enums.js';
import { InstantScalar, JsonScalar } from '../access/scalars.js';
import type { RunState } from '../core/states.js';
import type { StopRequest } from './run-lease.js';

/** The record of one execution of one complete config. What it reports is only ever added. */
@Entity()
@ObjectType()
@Index(['projectId', 'startedAt'])
@Index(['state', 'leaseExpiresAt'])
// made by a migration as they are, one for a part of the rows: here only so that they are known
@Index('run_newest', { synchronize: false })
@Index('run_alive', { synchronize: false })
export class Run {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => String)
  @Column('varchar')
  name: string;

  @Column('varchar')
  projectId: string;

  @Field(() => RunStateEnum)
  @Column('varchar')
  state: RunState;

  @Field(() => ID, { nullable: true })
  @Index()
  @Column('varchar', { nullable: true })
  sweepId: string | null;

  @Field(() => ID, { nullable: true })
  @Index()
  @Column('varchar', { nullable: true })
  trialId: string | null;

  @Field(() => Int, { nullable: true })
  @Column('integer', { nullable: true })
  trialNumber: number | null;

  @Field(() => ID, { nullable: true })
  @Column('varchar', { nullable: true })
  workerId: string | null;

  @Field(() => JsonScalar, { description: 'complete: every default filled in' })
  @Column('simple-json')
  config: unknown;

  @Field(() => String)
  @Index()
  @Column('varchar')
  configHash: string;

  @Field(() => Float, { nullable: true })
  @Column('double precision', { nullable: true })
  seed: number | null;

  @Field(() => JsonScalar)
  @Column('simple-json')
  provenance: unknown;

  /** the seal: SHA-256 of manifest.json, which was written before the run began; null: nobody sealed it */
  @Field(() => String, { nullable: true })
  @Column('varchar', { nullable: true })
  manifestHash: string | null;

  /** what the trainer says of itself at the end: trainableParameters, totalParameters, bestStep, tokens, seconds, … */
  @Column('simple-json')
  facts: unknown;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  error: string | null;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  stopReason: string | null;

  @Field(() => InstantScalar)
  @Column('varchar')
  startedAt: string;

  @Field(() => InstantScalar, { nullable: true })
  @Column('varchar', { nullable: true })
  endedAt: string | null;

  @Field(() => ID, { nullable: true, description: 'the run that this one repeats' })
  @Index()
  @Column('varchar', { nullable: true })
  reproduces: string | null;

  /** fencing token: grows by one with each claim of the trial; a write with an older one is refused */
  @Column('integer')
  leaseToken: number;

  @Column('varchar')
  leaseExpiresAt: string;

  /** number of the last batch of points that was stored: a batch delivered twice is stored once */
  @Column('integer')
  lastBatch: number;

  /** why the next progress answer says stop; null while it may go on */
  @Column('simple-json', { nullable: true })
  stopRequest: StopRequest | null;

  @Field(() => String, {
    description: 'what made it: worker, or the client protocol that reported it (mlflow, …)',
  })
  @Column('varchar', { default: 'worker' })
  origin: string;

  @Field(() => String, { nullable: true, description: 'what a person wrote about it, Markdown' })
  @Column('text', { nullable: true })
  notes: string | null;

  @Field(() => String, { nullable: true, name: 'group', description: 'runs of one group belong together' })
  @Column('varchar', { nullable: true })
  groupName: string | null;

  @Field(() => ID, { nullable: true, description: 'the run that this one is a part of' })
  @Index()
  @Column('varchar', { nullable: true })
  parentId: string | null;

  @Field(() => InstantScalar, { nullable: true, description: 'in the trash since' })
  @Column('varchar', { nullable: true })
  deletedAt: string | null;
}
