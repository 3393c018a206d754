import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { RunStateEnum } from '../access/graphql-enums.js';
import { JsonScalar } from '../access/scalars.js';
import { ArtifactInput } from '../artifacts/artifact.input.js';
import type { RunState } from '../core/states.js';
import { DatasetCheckInput, DatasetInput } from '../datasets/dataset.input.js';
import { Evaluation } from './evaluation.entity.js';
import { Run } from './run.entity.js';

@InputType()
export class RegisterWorkerInput {
  @Field(() => String)
  name: string;

  @Field(() => String)
  host: string;

  @Field(() => JsonScalar)
  device: unknown;
}

@InputType()
export class RunLinkInput {
  @Field(() => ID, { description: 'the earlier run' })
  fromId: string;

  @Field(() => String, { description: 'reproduces | resumes | derives_from | warm_starts_from' })
  kind: string;

  @Field(() => Int, { nullable: true, description: 'of the earlier run, from which this one goes on' })
  step?: number;

  @Field(() => JsonScalar, { nullable: true, description: 'what was set: {"seed": 8}' })
  changes?: unknown;
}

@InputType()
export class OpenRunInput {
  @Field(() => ID)
  workerId: string;

  @Field(() => String, { nullable: true })
  project?: string;

  @Field(() => String, { nullable: true })
  name?: string;

  @Field(() => JsonScalar, { description: 'complete: every default filled in' })
  config: unknown;

  @Field(() => Float, { nullable: true })
  seed?: number;

  @Field(() => ID, { nullable: true, description: 'the run that this one repeats' })
  reproduces?: string;

  @Field(() => [RunLinkInput], { nullable: true, description: 'the other runs that it comes from' })
  links?: RunLinkInput[];
}

@InputType()
export class ResumeRunInput {
  @Field(() => ID)
  runId: string;

  @Field(() => ID)
  workerId: string;
}

@InputType()
export class TagInput {
  @Field(() => String)
  key: string;

  @Field(() => String)
  value: string;
}

@InputType({ description: 'what is left out stays as it is; null clears it' })
export class AnnotateRunInput {
  @Field(() => ID)
  runId: string;

  @Field(() => String, { nullable: true })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'Markdown' })
  notes?: string | null;

  @Field(() => String, { nullable: true })
  group?: string | null;

  @Field(() => ID, { nullable: true })
  parentId?: string | null;

  @Field(() => [TagInput], { nullable: true, description: 'set or changed' })
  tags?: TagInput[];

  @Field(() => [String], { nullable: true, description: 'keys of tags to take off' })
  removeTags?: string[];
}

@InputType()
export class DescribeRunInput {
  @Field(() => ID)
  runId: string;

  @Field(() => Int)
  leaseToken: number;

  @Field(() => JsonScalar)
  provenance: unknown;

  @Field(() => [DatasetInput])
  datasets: DatasetInput[];

  /** of the training set beside the evaluation sets */
  @Field(() => DatasetCheckInput, { nullable: true })
  check?: DatasetCheckInput | null;

  @Field(() => ArtifactInput, {
    nullable: true,
    description: 'manifest.json, uploaded already: its SHA-256 seals the run',
  })
  manifest?: ArtifactInput;
}

@InputType()
export class FinishInput {
  @Field(() => ID)
  runId: string;

  @Field(() => Int)
  leaseToken: number;

  @Field(() => RunStateEnum)
  state: RunState;

  @Field(() => String, { nullable: true })
  error?: string;

  @Field(() => String, { nullable: true })
  stopReason?: string;

  @Field(() => JsonScalar, { nullable: true })
  facts?: unknown;

  @Field(() => [Evaluation], { nullable: true })
  evaluations?: Evaluation[];

  @Field(() => [ArtifactInput], { nullable: true })
  artifacts?: ArtifactInput[];
}

@ObjectType()
export class FinishAnswer {
  @Field(() => Boolean)
  accepted: boolean;

  @Field(() => Boolean, { description: 'the run is no longer this worker’s: nothing was stored' })
  leaseLost: boolean;

  @Field(() => Run)
  run: Run;
}

@InputType()
export class JudgeInput {
  @Field(() => ID)
  reproductionId: string;

  @Field(() => JsonScalar, { nullable: true, description: 'of code and environment, named before it ran' })
  differences?: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'of the adapters: {relative, largestModule, modules, isIdentical} or {why}; else their files are compared',
  })
  weights?: unknown;

  @Field(() => JsonScalar, { nullable: true, description: '{step, metric, why}: where it was given up' })
  stoppedAt?: unknown;
}
