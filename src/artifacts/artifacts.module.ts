import { Module } from '@nestjs/common';
import { ArtifactController } from './artifact.controller.js';
import { ArtifactService } from './artifact.service.js';
import { ArtifactStorage } from './artifact-storage.js';

@Module({
  controllers: [ArtifactController],
  providers: [ArtifactService, ArtifactStorage],
  exports: [ArtifactService, ArtifactStorage],
})
export class ArtifactsModule {}
