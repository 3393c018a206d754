import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Probe, ProbeInput } from './probe.entity.js';
import { ProbeService } from './probe.service.js';

@Resolver(() => Probe)
export class ProbeResolver {
  constructor(private readonly probeService: ProbeService) {}

  @Query(() => [Probe], { description: 'newest first; of one model, or of all' })
  probes(@Args('modelHash', { type: () => String, nullable: true }) modelHash?: string): Promise<Probe[]> {
    return this.probeService.list(modelHash);
  }

  @Mutation(() => [Probe], { description: 'what was seen of the determinism of backends' })
  recordProbes(@Args('input', { type: () => [ProbeInput] }) input: ProbeInput[]): Promise<Probe[]> {
    return this.probeService.record(input);
  }
}
