import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { AdapterResolver, AdapterVersionResolver, RunGateResolver } from './adapter.resolver.js';
import { AdapterService } from './adapter.service.js';
import { GateService } from './gate.service.js';

/** The gate, and the adapters that it let through. */
@Module({
  imports: [RunsModule, ArtifactsModule],
  providers: [GateService, AdapterService, AdapterResolver, AdapterVersionResolver, RunGateResolver],
})
export class AdaptersModule {}
