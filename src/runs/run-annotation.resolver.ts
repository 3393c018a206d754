import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import { Run } from './run.entity.js';
import { RunAnnotationService } from './run-annotation.service.js';
import { AnnotateRunInput } from './run-lifecycle.input.js';

@Resolver(() => Run)
export class RunAnnotationResolver {
  constructor(private readonly annotations: RunAnnotationService) {}

  @Mutation(() => Run, {
    description: 'a person names, tags, groups and comments; the run’s own record stays',
  })
  annotateRun(@Args('input') input: AnnotateRunInput): Promise<Run> {
    return this.annotations.annotate(input);
  }

  @ResolveField(() => JsonScalar, { description: '{key: value}' })
  tags(@Parent() run: Run): Promise<Record<string, string>> {
    return this.annotations.tags(run.id);
  }
}
