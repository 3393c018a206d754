import { Args, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Dataset } from './dataset.entity.js';
import { DatasetService } from './dataset.service.js';
import { RunDataset } from './run-dataset.entity.js';

@Resolver(() => Dataset)
export class DatasetResolver {
  constructor(private readonly datasetService: DatasetService) {}

  @Query(() => Dataset, { nullable: true, description: 'by canonical hash, content hash or a unique prefix' })
  dataset(@Args('hash', { type: () => ID }) hash: string): Promise<Dataset | null> {
    return this.datasetService.find(hash);
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
