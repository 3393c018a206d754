import { Args, Resolver, Subscription } from '@nestjs/graphql';
import { RunNewsService } from './run-news.service.js';
import { RunNews, RunUpdatesArgs, SeriesNews, SeriesUpdatesArgs } from './run-news.type.js';
import { SeriesNewsService } from './series-news.service.js';

/** what the stream gives is the field's value */
const resolve = (news: unknown) => news;

@Resolver()
export class RunNewsResolver {
  constructor(
    private readonly runNews: RunNewsService,
    private readonly seriesNews: SeriesNewsService,
  ) {}

  @Subscription(() => RunNews, {
    resolve,
    description: 'runs that begin, report or end from now on; first those that run',
  })
  runUpdates(@Args() args: RunUpdatesArgs): Promise<AsyncIterableIterator<RunNews>> {
    return this.runNews.updates(args);
  }

  @Subscription(() => SeriesNews, {
    resolve,
    description: 'the points of runs, then every new one as it comes',
  })
  seriesUpdates(@Args() args: SeriesUpdatesArgs): Promise<AsyncIterableIterator<SeriesNews>> {
    return this.seriesNews.updates(args);
  }
}
