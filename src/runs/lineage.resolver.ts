import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import { LineageService } from './lineage.service.js';
import { Lineage } from './lineage.type.js';
import { type ExpectedAgreement, ReproductionEvidenceService } from './reproduction-evidence.service.js';

@Resolver(() => Lineage)
export class LineageResolver {
  constructor(
    private readonly lineageService: LineageService,
    private readonly evidenceService: ReproductionEvidenceService,
  ) {}

  @Query(() => Lineage, { description: 'the runs that a run came from and that came from it' })
  lineage(@Args('runId', { type: () => ID }) runId: string): Promise<Lineage> {
    return this.lineageService.of(runId);
  }

  @Query(() => JsonScalar, {
    description:
      '{noise: {bounds} or {why}, replicateIds}: what a repetition at a place with this provenance is measured by',
  })
  expectedAgreement(
    @Args('runId', { type: () => ID }) runId: string,
    @Args('provenance', { type: () => JsonScalar }) provenance: unknown,
  ): Promise<ExpectedAgreement> {
    return this.evidenceService.expected(runId, provenance);
  }
}
