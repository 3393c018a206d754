import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode } from 'graphql';
import { RanksweepError } from '../core/errors.js';
import { type FieldCost, fieldCosts } from './graphql-costs.js';

/** about what a page of 1,000 runs with three curves each of 1,000 points costs, thirty times over */
const MAX_COST = 1_000_000;
/** how many of the dearest fields a refusal names */
const NAMED = 5;

/**
 * Refuses queries that would read too much, before anything is read, and says of the others what they cost (`extensions.cost`). Depth
 * needs no limit of its own: no type of the schema leads back to itself, and graphql-js bounds introspection.
 */
export const graphqlLimits: ApolloServerPlugin = {
  async requestDidStart() {
    let cost = 0;
    return {
      async didResolveOperation({ document, operation, request }) {
        cost = checkQueryCost(document, operation, request.variables ?? {});
      },
      async willSendResponse({ response }) {
        response.http.headers.set('cache-control', 'no-store');
        if (response.body.kind !== 'single' || cost === 0) return;
        const { singleResult } = response.body;
        singleResult.extensions = { ...singleResult.extensions, cost: { query: cost, limit: MAX_COST } };
      },
    };
  },
};

/** @returns what the operation costs @throws GraphQLError TOO_LARGE that names its dearest fields */
export function checkQueryCost(
  document: DocumentNode,
  operation: OperationDefinitionNode | null | undefined,
  variables: Record<string, unknown>,
): number {
  const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  const byName = new Map(fragments.map((node) => [node.name.value, node]));
  const costs = fieldCosts(operation?.selectionSet, { fragments: byName, variables });
  const sum = costs.reduce((total, { cost }) => total + cost, 0);
  if (sum > MAX_COST) throw tooLarge(sum, costs);
  return sum;
}

function tooLarge(sum: number, costs: FieldCost[]): GraphQLError {
  const dearest = [...costs].sort((a, b) => b.cost - a.cost).slice(0, NAMED);
  const problems = dearest.map(({ path, cost, why }) => ({
    field: path,
    message: `costs ${written(cost)}${why}`,
  }));
  const message = `the query would cost ${written(sum)}, allowed are ${written(MAX_COST)}: ${problems
    .map(({ field, message: cost }) => `${field} ${cost}`)
    .join('; ')}. Ask for fewer items or points`;
  return new GraphQLError(message, { originalError: new RanksweepError('TOO_LARGE', message, problems) });
}

function written(cost: number): string {
  return Number.isFinite(cost) ? Math.round(cost).toLocaleString('en') : 'more than can be counted';
}
