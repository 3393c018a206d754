import { ArgsType, Field, Float, Int } from '@nestjs/graphql';
import type { StepRange } from './metric-tables.js';

@ArgsType()
export class SeriesArgs {
  @Field(() => [String], { nullable: true, description: 'default: all' })
  names?: string[];

  @Field(() => Int, {
    defaultValue: 1000,
    description: 'of each series; if there are more, they come in that many buckets',
  })
  maxPoints: number;

  @Field(() => Float, { nullable: true, description: 'only points from this step on' })
  fromStep?: number;

  @Field(() => Float, { nullable: true, description: 'only points up to this step' })
  toStep?: number;
}

/** The steps between two ends, either of which may be left open; undefined: all. */
export function stepRange(from?: number | null, to?: number | null): StepRange | undefined {
  if ((from ?? null) === null && (to ?? null) === null) return undefined;
  return { from: from ?? -Number.MAX_VALUE, to: to ?? Number.MAX_VALUE };
}
