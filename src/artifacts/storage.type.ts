import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { Project } from '../access/project.entity.js';
import { InstantScalar } from '../access/scalars.js';

@ObjectType()
export class StoredAmount {
  @Field(() => Int)
  files: number;

  @Field(() => Float)
  bytes: number;
}

@ObjectType({ description: 'what the runs of a project refer to, each content counted once' })
export class ProjectStorage extends StoredAmount {
  projectId: string;

  @Field(() => Project)
  project?: Project;
}

@ObjectType({ description: 'where artifacts lie and what they take; bytes' })
export class Storage {
  @Field(() => String, { description: 'disk | s3' })
  kind: string;

  @Field(() => String)
  place: string;

  @Field(() => StoredAmount, { description: 'everything that is stored, the trash included' })
  contents: StoredAmount;

  @Field(() => StoredAmount, {
    description: 'as many files by name; their bytes if each had a copy of its own',
  })
  names: StoredAmount;

  @Field(() => StoredAmount, { description: 'contents in the trash, and others that nobody refers to' })
  unreferenced: StoredAmount;

  @Field(() => Int, { description: 'runs in the trash' })
  runsInTrash: number;

  @Field(() => Float, { nullable: true })
  quotaBytes: number | null;

  @Field(() => Float, { nullable: true })
  projectQuotaBytes: number | null;

  @Field(() => [ProjectStorage], { description: 'largest first' })
  projects: ProjectStorage[];
}

@InputType()
export class GarbageInput {
  @Field(() => Boolean, { description: 'only say what would happen' })
  dryRun: boolean;

  @Field(() => Int, {
    defaultValue: 7,
    description: 'what has been in the trash for so many days is removed for good',
  })
  trashDays: number;
}

@ObjectType({ description: 'what a clean-up removed for good, or would; call again while there is more' })
export class GarbageReport {
  @Field(() => Boolean)
  dryRun: boolean;

  @Field(() => InstantScalar, { description: 'what was in the trash since then, or before, goes' })
  before: string;

  @Field(() => [ID], { description: 'runs removed with all that they recorded' })
  runIds: string[];

  @Field(() => Int, { description: 'names of deleted files that were removed, those of these runs included' })
  names: number;

  @Field(() => StoredAmount, { description: 'contents removed' })
  freed: StoredAmount;

  @Field(() => StoredAmount, {
    description: 'contents that nobody refers to and that were put into the trash now',
  })
  trashed: StoredAmount;

  @Field(() => Float, { description: 'of uploads that a crash cut off' })
  leftoverBytes: number;

  @Field(() => Boolean)
  more: boolean;
}
