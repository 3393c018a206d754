import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantScalar, JsonScalar } from '../access/scalars.js';
import type { ComputeEnvironment } from '../core/compute-environment.js';
import type { MetricJson } from '../core/metric-value.js';

/** A metric of the first steps of a run. */
export interface ProbedSeries {
  name: string;
  steps: number[];
  values: MetricJson[];
}

/** The first steps of a config, executed once somewhere: what shows whether numbers come out the same there. */
@Entity()
@ObjectType({ description: 'the first steps of a config, executed once somewhere' })
@Index(['modelHash', 'environmentKey'])
export class Probe {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => ID, { nullable: true, description: 'the run whose beginning it is' })
  @Column('varchar', { nullable: true })
  ofRunId: string | null;

  @Field(() => String)
  @Column('varchar')
  modelHash: string;

  @Field(() => String, { description: 'hash of config, seed, data and model: all but where it was executed' })
  @Column('varchar')
  whatHash: string;

  @Field(() => String)
  @Column('varchar')
  environmentKey: string;

  @Field(() => JsonScalar, { description: 'backend, device, threads, versions, cpu, arch, gpus' })
  @Column('simple-json')
  environment: ComputeEnvironment;

  @Field(() => Int)
  @Column('integer')
  steps: number;

  @Field(() => JsonScalar, { description: '[{name, steps, values}]' })
  @Column('simple-json')
  series: ProbedSeries[];

  @Field(() => String, { nullable: true, description: 'SHA-256 of the trained weights after the last step' })
  @Column('varchar', { nullable: true })
  weightsHash: string | null;

  @Field(() => JsonScalar, { description: '{ID of another probe: relative distance of the trained weights}' })
  @Column('simple-json')
  weightDistances: Record<string, number>;

  @Field(() => InstantScalar)
  @Column('varchar')
  probedAt: string;
}

@InputType()
export class ProbeInput {
  @Field(() => ID, { description: 'chosen by the caller, so that a delivery may be repeated' })
  id: string;

  @Field(() => ID, { nullable: true })
  ofRunId?: string;

  @Field(() => String)
  modelHash: string;

  @Field(() => String)
  whatHash: string;

  @Field(() => JsonScalar)
  environment: ComputeEnvironment;

  @Field(() => Int)
  steps: number;

  @Field(() => JsonScalar)
  series: ProbedSeries[];

  @Field(() => String, { nullable: true })
  weightsHash?: string;

  @Field(() => JsonScalar)
  weightDistances: Record<string, number>;
}
