import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { In } from 'typeorm';
import { BatchLoader, groupBy } from '../../access/batch-loader.js';
import { Store } from '../../access/store.js';
import { ArtifactService } from '../../artifacts/artifact.service.js';
import { RunArtifact } from '../../artifacts/run-artifact.entity.js';
import { Run } from '../../runs/run.entity.js';
import { LoggedModel, RunModel } from './logged-model.entity.js';
import { LoggedModelOfRun } from './run-model.type.js';

@Resolver(() => LoggedModelOfRun)
export class LoggedModelResolver {
  constructor(private readonly artifactService: ArtifactService) {}

  @ResolveField(() => [RunArtifact], { description: 'by their names within the model' })
  files(@Parent() model: LoggedModelOfRun): Promise<RunArtifact[]> {
    return this.artifactService.ofRun(model.id);
  }
}

@Resolver(() => Run)
export class RunModelsResolver {
  private readonly loader = new BatchLoader<LoggedModelOfRun[]>(
    (runIds) => this.loadMany(runIds),
    () => [],
  );

  constructor(private readonly store: Store) {}

  @ResolveField(() => [LoggedModelOfRun], { description: 'logged by MLflow’s client' })
  loggedModels(@Parent() run: Run): Promise<LoggedModelOfRun[]> {
    return this.loader.load(run.id);
  }

  private async loadMany(runIds: string[]): Promise<Map<string, LoggedModelOfRun[]>> {
    const uses = await this.store.read.findBy(RunModel, { runId: In(runIds) });
    const ids = uses.map(({ modelId }) => modelId);
    const rows = await this.store.read.findBy(LoggedModel, { id: In(ids) });
    const models = new Map(rows.map((model) => [model.id, model]));
    const named = uses.flatMap(({ runId, modelId: id, use }) => {
      const model = models.get(id);
      return model === undefined || model.deletedAt !== null ? [] : [{ runId, id, name: model.name, use }];
    });
    return groupBy(named, ({ runId }) => runId);
  }
}
