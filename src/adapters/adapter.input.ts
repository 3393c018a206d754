import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { AdapterEvent } from './adapter-event.entity.js';
import { AdapterVersion } from './adapter-version.entity.js';
import { GateRecord } from './gate-record.entity.js';

@InputType()
export class JudgeGateInput {
  @Field(() => ID, { description: 'or a unique prefix of it' })
  runId: string;

  @Field(() => String, { description: 'the text of the policy, YAML' })
  policy: string;
}

@InputType()
export class ShipAdapterInput {
  @Field(() => ID, { description: 'or a unique prefix of it' })
  runId: string;

  @Field(() => String, { description: 'what it is for: letters, digits, “.”, “_”, “-” and “/”' })
  name: string;

  @Field(() => String, {
    nullable: true,
    description: 'the text of a policy, YAML; default: the run’s last verdict counts',
  })
  policy?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'why it is shipped against the verdict; recorded for ever',
  })
  because?: string | null;
}

@InputType()
export class RollBackAdapterInput {
  @Field(() => String)
  name: string;

  @Field(() => Int, { nullable: true, description: 'default: the one shipped before the one in use' })
  to?: number | null;

  @Field(() => String, { description: 'recorded for ever' })
  because: string;
}

@ObjectType({ description: 'A name with its versions.' })
export class Adapter {
  @Field(() => String)
  name: string;

  projectId: string;

  @Field(() => AdapterVersion, { description: 'in use' })
  current: AdapterVersion;

  @Field(() => [AdapterVersion], { description: 'newest first' })
  versions: AdapterVersion[];

  @Field(() => [AdapterEvent], { description: 'newest first' })
  events: AdapterEvent[];
}

@ObjectType()
export class ShippedAdapter {
  @Field(() => Adapter)
  adapter: Adapter;

  @Field(() => GateRecord)
  gate: GateRecord;
}
