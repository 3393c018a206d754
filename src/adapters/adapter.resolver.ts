import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Project } from '../access/project.entity.js';
import { ProjectService } from '../access/project.service.js';
import { ArtifactService } from '../artifacts/artifact.service.js';
import { RunArtifact } from '../artifacts/run-artifact.entity.js';
import { Run } from '../runs/run.entity.js';
import {
  Adapter,
  JudgeGateInput,
  RollBackAdapterInput,
  ShipAdapterInput,
  ShippedAdapter,
} from './adapter.input.js';
import { AdapterService } from './adapter.service.js';
import { AdapterVersion } from './adapter-version.entity.js';
import { GateService } from './gate.service.js';
import { GateRecord } from './gate-record.entity.js';

@Resolver(() => Adapter)
export class AdapterResolver {
  constructor(
    private readonly adapterService: AdapterService,
    private readonly gateService: GateService,
    private readonly projectService: ProjectService,
  ) {}

  @Query(() => [Adapter], { description: 'by name' })
  adapters(@Args('project', { type: () => String, nullable: true }) project?: string): Promise<Adapter[]> {
    return this.adapterService.list(project ?? null);
  }

  @Query(() => Adapter, { nullable: true })
  adapter(@Args('name', { type: () => String }) name: string): Promise<Adapter | null> {
    return this.adapterService.find(name);
  }

  @Mutation(() => GateRecord, {
    description: 'holds a policy against the run’s stored items, and records what comes out',
  })
  judgeGate(@Args('input') input: JudgeGateInput): Promise<GateRecord> {
    return this.gateService.judge(input);
  }

  @Mutation(() => ShippedAdapter, { description: 'refused unless the gate says ship, or a reason is given' })
  shipAdapter(@Args('input') input: ShipAdapterInput): Promise<ShippedAdapter> {
    return this.adapterService.ship(input);
  }

  @Mutation(() => Adapter)
  rollBackAdapter(@Args('input') input: RollBackAdapterInput): Promise<Adapter> {
    return this.adapterService.rollBack(input);
  }

  @ResolveField(() => Project)
  project(@Parent() { projectId }: Adapter): Promise<Project> {
    return this.projectService.get(projectId);
  }
}

@Resolver(() => AdapterVersion)
export class AdapterVersionResolver {
  constructor(
    private readonly artifacts: ArtifactService,
    private readonly gates: GateService,
  ) {}

  @ResolveField(() => [RunArtifact], { description: 'PEFT’s files, below adapter/' })
  files(@Parent() { id }: AdapterVersion): Promise<RunArtifact[]> {
    return this.artifacts.ofRun(id);
  }

  @ResolveField(() => GateRecord)
  gate(@Parent() { gateId }: AdapterVersion): Promise<GateRecord> {
    return this.gates.get(gateId);
  }
}

@Resolver(() => Run)
export class RunGateResolver {
  constructor(
    private readonly gateService: GateService,
    private readonly adapterService: AdapterService,
  ) {}

  @ResolveField(() => [GateRecord], { description: 'newest first' })
  gates(@Parent() { id }: Run): Promise<GateRecord[]> {
    return this.gateService.ofRun(id);
  }

  @ResolveField(() => [AdapterVersion], { description: 'the names that its adapter was shipped under' })
  shippedAs(@Parent() { id }: Run): Promise<AdapterVersion[]> {
    return this.adapterService.shippedAs(id);
  }
}
