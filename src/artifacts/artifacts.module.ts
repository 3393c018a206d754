import { Module } from '@nestjs/common';
import { ArtifactController } from './artifact.controller.js';
import { ArtifactService } from './artifact.service.js';
import { ArtifactStorage } from './artifact-storage.js';
import { GarbageService } from './garbage.service.js';
import { StorageService } from './storage.service.js';

@Module({
  controllers: [ArtifactController],
  providers: [ArtifactService, ArtifactStorage, GarbageService, StorageService],
  exports: [ArtifactService, ArtifactStorage, GarbageService, StorageService],
})
export class ArtifactsModule {}
