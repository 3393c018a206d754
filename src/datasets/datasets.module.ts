import { Module } from '@nestjs/common';
import { DatasetResolver, RunDatasetResolver } from './dataset.resolver.js';
import { DatasetService } from './dataset.service.js';

@Module({
  providers: [DatasetService, DatasetResolver, RunDatasetResolver],
  exports: [DatasetService],
})
export class DatasetsModule {}
