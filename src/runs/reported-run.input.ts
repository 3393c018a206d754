import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { RunStateEnum } from '../access/graphql-enums.js';
import { InstantScalar, JsonScalar } from '../access/scalars.js';
import { ArtifactInput } from '../artifacts/artifact.input.js';
import type { RunState } from '../core/states.js';
import { DatasetInput } from '../datasets/dataset.input.js';
import { Evaluation } from './evaluation.entity.js';
import { Run } from './run.entity.js';
import { TagInput } from './run-lifecycle.input.js';

@InputType({ description: 'What a program says of a run. Sent again, it changes nothing.' })
export class RecordRunInput {
  @Field(() => ID, {
    description:
      'the program chooses it: 3 to 100 letters, digits, “.”, “_”, “:” or “-”; for ever the run’s own',
  })
  id: string;

  @Field(() => String, { description: 'its name; made if it is not there' })
  project: string;

  @Field(() => String, { nullable: true, description: 'default: the ID' })
  name?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'a map; what is new is added to what the run has, what is there is never changed',
  })
  config?: unknown;

  @Field(() => Float, { nullable: true })
  seed?: number | null;

  @Field(() => String, {
    defaultValue: 'http',
    description: 'what made it: python, wandb, tensorboard, csv, …',
  })
  origin: string;

  @Field(() => JsonScalar, { nullable: true, description: 'a map: code, machine, user, …' })
  provenance?: unknown;

  @Field(() => String, {
    nullable: true,
    description: 'SHA-256 of its manifest.json, of a run that was sealed elsewhere',
  })
  manifestHash?: string | null;

  @Field(() => InstantScalar, { nullable: true, description: 'default: now' })
  startedAt?: string | null;

  @Field(() => String, { nullable: true, description: 'Markdown' })
  notes?: string | null;

  @Field(() => String, { nullable: true })
  group?: string | null;

  @Field(() => ID, { nullable: true, description: 'the run that this one is a part of' })
  parentId?: string | null;

  @Field(() => ID, { nullable: true, description: 'the run that this one repeats' })
  reproduces?: string | null;

  @Field(() => [TagInput], { nullable: true, description: 'of a new run; later: annotateRun' })
  tags?: TagInput[] | null;

  @Field(() => [TagInput], {
    nullable: true,
    description: 'parameters as texts, as MLflow has them: the config follows from them',
  })
  params?: TagInput[] | null;

  @Field(() => RunStateEnum, { defaultValue: 'running' })
  state: RunState;

  @Field(() => InstantScalar, { nullable: true, description: 'default: now, for a run that has ended' })
  endedAt?: string | null;

  @Field(() => String, { nullable: true })
  error?: string | null;

  @Field(() => String, { nullable: true })
  stopReason?: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'a map: what the program says of itself at the end',
  })
  facts?: unknown;

  @Field(() => [DatasetInput], { nullable: true })
  datasets?: DatasetInput[] | null;

  @Field(() => [Evaluation], { nullable: true })
  evaluations?: Evaluation[] | null;

  @Field(() => [ArtifactInput], { nullable: true })
  artifacts?: ArtifactInput[] | null;

  @Field(() => [String], { nullable: true, description: 'all lines that its program printed' })
  log?: string[] | null;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'it is lost when it is silent for leaseMs; its program calls reportProgress in time',
  })
  leased: boolean;

  @Field(() => Boolean, { defaultValue: false, description: 'a run that has ended goes on' })
  resume: boolean;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'a new run stays in the trash until revealRuns: an import shows all of its runs or none',
  })
  hidden: boolean;
}

@ObjectType()
export class RecordAnswer {
  @Field(() => Run)
  run: Run;

  @Field(() => Boolean, { description: 'it was not there before' })
  created: boolean;

  @Field(() => Int, { description: 'goes with reportProgress' })
  leaseToken: number;

  @Field(() => Int, { description: 'a leased run is lost after this much silence' })
  leaseMs: number;

  @Field(() => Boolean)
  stop: boolean;

  @Field(() => String, { nullable: true })
  stopReason: string | null;
}
