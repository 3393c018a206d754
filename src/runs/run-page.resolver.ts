import { Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { RunPage } from './run-page.type.js';

@Resolver(() => RunPage)
export class RunPageResolver {
  /** Counted only where it is asked for: it reads all runs, and a page reads a few. */
  @ResolveField(() => Int, { description: 'how many runs the filter lets through' })
  total(@Parent() page: RunPage): Promise<number> {
    return page.countAll();
  }
}
