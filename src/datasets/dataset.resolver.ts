import { Args, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Dataset } from './dataset.entity.js';
import { DatasetService } from './dataset.service.js';
import { DatasetCheck, DatasetUse } from './dataset-check.entity.js';
import { RunDataset } from './run-dataset.entity.js';

const MOST_DATASETS = 1000;

@Resolver(() => Dataset)
export class DatasetResolver {
  constructor(private readonly datasetService: DatasetService) {}

  @Query(() => Dataset, { nullable: true, description: 'by canonical hash, content hash or a unique prefix' })
  dataset(@Args('hash', { type: () => ID }) hash: string): Promise<Dataset | null> {
    return this.datasetService.find(hash);
  }

  @Query(() => [Dataset], { description: 'the latest first' })
  datasets(@Args('first', { type: () => Int, defaultValue: 200 }) first: number): Promise<Dataset[]> {
    return this.datasetService.page(Math.min(Math.max(first, 0), MOST_DATASETS));
  }

  @ResolveField(() => [DatasetCheck], {
    description:
      'what checks found in it as a training set: one for each choice of evaluation sets, latest first',
  })
  checks(@Parent() dataset: Dataset): Promise<DatasetCheck[]> {
    return this.datasetService.checksOf(dataset.hash);
  }

  @ResolveField(() => [DatasetUse])
  uses(@Parent() dataset: Dataset): Promise<DatasetUse[]> {
    return this.datasetService.usesOf(dataset.hash);
  }
}

@Resolver(() => RunDataset)
export class RunDatasetResolver {
  constructor(private readonly datasetService: DatasetService) {}

  @ResolveField(() => Dataset)
  dataset(@Parent() use: RunDataset): Promise<Dataset> {
    return this.datasetService.get(use.datasetHash);
  }
}
