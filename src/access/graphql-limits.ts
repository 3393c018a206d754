import type { ApolloServerPlugin } from '@apollo/server';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';
import { RanksweepError } from '../core/errors.js';

/** about what a page of 1,000 runs with three curves each of 1,000 points costs, thirty times over */
const MAX_COST = 1_000_000;
/** how many items a list without `first` is taken to have */
const LIST_SIZES: Record<string, number> = { runs: 50, sweeps: 50, trials: 100, workers: 20, projects: 20 };

interface Limits {
  fragments: Map<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
}

/**
 * Refuses queries that would read too much, before anything is read. Depth needs no limit of its own: no type of the schema leads back to
 * itself, and graphql-js bounds introspection.
 */
export const graphqlLimits: ApolloServerPlugin = {
  async requestDidStart() {
    return {
      async didResolveOperation({ document, operation, request }) {
        const fragments = document.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
        const limits: Limits = {
          fragments: new Map(fragments.map((node) => [node.name.value, node])),
          variables: request.variables ?? {},
        };
        checkCost(costOf(operation?.selectionSet, limits));
      },
    };
  },
};

function checkCost(cost: number): void {
  if (cost <= MAX_COST) return;
  throw tooLarge(
    `the query would cost ${Math.round(cost)}, allowed are ${MAX_COST}: ask for fewer items or points`,
  );
}

function costOf(set: SelectionSetNode | undefined, limits: Limits): number {
  if (set === undefined) return 0;
  let cost = 0;
  for (const node of set.selections) {
    if (node.kind === Kind.FIELD) cost += fieldCost(node, limits);
    else if (node.kind === Kind.INLINE_FRAGMENT) cost += costOf(node.selectionSet, limits);
    else cost += costOf(limits.fragments.get(node.name.value)?.selectionSet, limits);
    checkCost(cost);
  }
  return cost;
}

/** Introspection is nearly free: its size is the schema's. */
function fieldCost(field: FieldNode, limits: Limits): number {
  const name = field.name.value;
  if (name.startsWith('__')) return 1;
  if (name === 'series') return seriesCost(field, limits);
  const items = argument(field, 'first', limits) ?? LIST_SIZES[name] ?? 1;
  return 1 + Number(items) * costOf(field.selectionSet, limits);
}

function seriesCost(field: FieldNode, limits: Limits): number {
  const names = argument(field, 'names', limits);
  const points = Number(argument(field, 'maxPoints', limits) ?? 1000);
  return Math.ceil(points / 100) * (Array.isArray(names) ? names.length : 10);
}

function argument(field: FieldNode, name: string, { variables }: Limits): unknown {
  const node = field.arguments?.find((one) => one.name.value === name);
  return node && valueFromASTUntyped(node.value, variables);
}

function tooLarge(message: string): GraphQLError {
  return new GraphQLError(message, { originalError: new RanksweepError('TOO_LARGE', message) });
}
