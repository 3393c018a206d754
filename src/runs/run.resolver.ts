import { Args, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Project } from '../access/project.entity.js';
import { ProjectService } from '../access/project.service.js';
import { JsonScalar } from '../access/scalars.js';
import { ArtifactService } from '../artifacts/artifact.service.js';
import { RunArtifact } from '../artifacts/run-artifact.entity.js';
import { DatasetService } from '../datasets/dataset.service.js';
import { RunDataset } from '../datasets/run-dataset.entity.js';
import { Evaluation } from './evaluation.entity.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Reproduction } from './reproduction.entity.js';
import { ReproductionService } from './reproduction.service.js';
import { Run } from './run.entity.js';
import { RunKeys, RunPage } from './run-page.type.js';
import { RunFilter, RunsArgs } from './run-query.input.js';
import { RunQueryService } from './run-query.service.js';
import { RunRecordService } from './run-record.service.js';
import { RunSealService } from './run-seal.service.js';
import { RunSeal } from './run-seal.type.js';
import { SeriesArgs, stepRange } from './series.args.js';
import { Series } from './series.type.js';

@Resolver(() => Run)
export class RunResolver {
  constructor(
    private readonly runQueries: RunQueryService,
    private readonly records: RunRecordService,
    private readonly metricService: MetricService,
    private readonly projectService: ProjectService,
    private readonly datasetService: DatasetService,
    private readonly artifactService: ArtifactService,
    private readonly reproductionService: ReproductionService,
    private readonly seals: RunSealService,
  ) {}

  @Query(() => RunPage)
  runs(@Args() args: RunsArgs): Promise<RunPage> {
    return this.runQueries.page(args);
  }

  @Query(() => Run, { nullable: true, description: 'by ID or a unique prefix of it' })
  run(@Args('id', { type: () => ID }) id: string): Promise<Run | null> {
    return this.records.find(id);
  }

  @Query(() => RunKeys)
  runKeys(@Args('filter', { type: () => RunFilter, nullable: true }) filter?: RunFilter): Promise<RunKeys> {
    return this.runQueries.keys(filter);
  }

  @ResolveField(() => Project)
  project(@Parent() run: Run): Promise<Project> {
    return this.projectService.get(run.projectId);
  }

  @ResolveField(() => JsonScalar, {
    description: '{metrics: the last value of each, facts: what the trainer said of itself}',
  })
  summary(@Parent() run: Run): Promise<unknown> {
    return this.metricService.summary(run);
  }

  @ResolveField(() => [String])
  metricNames(@Parent() run: Run): Promise<string[]> {
    return this.metricService.names(run.id);
  }

  @ResolveField(() => [MetricSeries])
  metrics(@Parent() run: Run): Promise<MetricSeries[]> {
    return this.metricService.summaries(run.id);
  }

  @ResolveField(() => [Series])
  series(@Parent() run: Run, @Args() { names, maxPoints, fromStep, toStep }: SeriesArgs): Promise<Series[]> {
    return this.metricService.series(run.id, names, maxPoints, stepRange(fromStep, toStep));
  }

  @ResolveField(() => [Evaluation])
  evaluations(@Parent() run: Run): Promise<Evaluation[]> {
    return this.records.evaluations(run.id);
  }

  @ResolveField(() => [RunDataset])
  datasets(@Parent() run: Run): Promise<RunDataset[]> {
    return this.datasetService.ofRun(run.id);
  }

  @ResolveField(() => [RunArtifact])
  artifacts(@Parent() run: Run): Promise<RunArtifact[]> {
    return this.artifactService.ofRun(run.id);
  }

  @ResolveField(() => RunSeal, {
    nullable: true,
    description: 'reads the manifest and compares the record with it; null: the run was never sealed',
  })
  seal(@Parent() run: Run): Promise<RunSeal | null> {
    return this.seals.of(run);
  }

  @ResolveField(() => [Reproduction], { description: 'where this run is the original or the reproduction' })
  reproductions(@Parent() run: Run): Promise<Reproduction[]> {
    return this.reproductionService.ofRun(run.id);
  }

  @ResolveField(() => [String])
  log(
    @Parent() run: Run,
    @Args('lastLines', { type: () => Int, defaultValue: 200 }) lastLines: number,
    @Args('containing', {
      type: () => String,
      nullable: true,
      description: 'only lines with this text, whatever the case of its letters',
    })
    containing?: string,
  ): Promise<string[]> {
    return this.records.log(run.id, lastLines, containing);
  }
}
