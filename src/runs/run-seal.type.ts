import { Field, ObjectType } from '@nestjs/graphql';

/** Whether a run is still what it was when it began. */
@ObjectType()
export class RunSeal {
  @Field(() => String, { description: 'SHA-256 of manifest.json, which was written before the run began' })
  sha256: string;

  @Field(() => Boolean, { description: 'the manifest is there and unchanged, and the record agrees with it' })
  intact: boolean;

  @Field(() => [String], { description: 'what is other than it was sealed' })
  problems: string[];
}
