import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { JsonScalar, MetricValueScalar, MetricValuesScalar } from '../../access/scalars.js';
import { decodeColumn } from '../column-codec.js';
import { Evaluation } from '../evaluation.entity.js';
import { BaseScore } from './base-score.entity.js';
import { ComparedEvaluation } from './compared-evaluation.type.js';
import { AlignedScores, RecordEvaluationInput, ScoredItems } from './evaluation.input.js';
import { EvaluationService } from './evaluation.service.js';
import { EvaluationComparisonService } from './evaluation-comparison.service.js';
import { EvaluationScore } from './evaluation-score.entity.js';

const SET = { type: () => String, description: 'of the set' };

@Resolver(() => Evaluation)
export class EvaluationResolver {
  constructor(
    private readonly service: EvaluationService,
    private readonly comparisons: EvaluationComparisonService,
  ) {}

  @Mutation(() => Evaluation, { description: 'any program’s scores of a run on a set of items' })
  recordEvaluation(@Args('input') input: RecordEvaluationInput): Promise<Evaluation> {
    return this.service.record(input);
  }

  @Query(() => ScoredItems, {
    nullable: true,
    description: 'a run’s score on each item of a set, beside the base’s',
  })
  evaluationItems(
    @Args('runId', { type: () => ID }) runId: string,
    @Args('name', SET) name: string,
    @Args('score') score: string,
  ): Promise<ScoredItems | null> {
    return this.service.items(runId, name, score);
  }

  @Query(() => AlignedScores, {
    description: 'scores of several runs on the items of a set that all of them have',
  })
  alignedItems(
    @Args('runIds', { type: () => [ID] }) runIds: string[],
    @Args('name', SET) name: string,
    @Args('score') score: string,
  ): Promise<AlignedScores> {
    return this.service.aligned(runIds, name, score);
  }

  @Query(() => [ComparedEvaluation], {
    description:
      'each run against a baseline run, or without one against its own base model, on every score that both have, in words too',
  })
  comparedEvaluations(
    @Args('runIds', { type: () => [ID] }) runIds: string[],
    @Args('baseline', { type: () => ID, nullable: true }) baseline?: string,
  ): Promise<ComparedEvaluation[]> {
    return this.comparisons.compare(runIds, baseline ?? null);
  }

  @Query(() => [BaseScore], { description: 'those that are stored: what need not be computed again' })
  baseScores(@Args('keys', { type: () => [ID] }) keys: string[]): Promise<BaseScore[]> {
    return this.service.baseScores(keys);
  }

  @ResolveField(() => [EvaluationScore])
  scores(@Parent() evaluation: Evaluation): Promise<EvaluationScore[]> {
    return this.service.scoresOf(evaluation);
  }
}

@Resolver(() => EvaluationScore)
export class EvaluationScoreResolver {
  constructor(private readonly service: EvaluationService) {}

  @ResolveField(() => MetricValueScalar, { nullable: true, description: 'null: the base was not scored' })
  baseValue(@Parent() score: EvaluationScore): Promise<number | null> {
    return this.service.baseValue(score);
  }

  @ResolveField(() => JsonScalar, {
    nullable: true,
    description: '{group: {items, value, baseValue}}; null: the set has no groups',
  })
  groups(@Parent() score: EvaluationScore): Promise<unknown> {
    return this.service.groupsOf(score);
  }
}

@Resolver(() => BaseScore)
export class BaseScoreResolver {
  @ResolveField(() => MetricValuesScalar, { description: 'one for each item' })
  values(@Parent() { values, count }: BaseScore): Float64Array {
    return decodeColumn(values, count);
  }
}
