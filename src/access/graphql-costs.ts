import {
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type SelectionSetNode,
  valueFromASTUntyped,
} from 'graphql';

/** What one field of a query costs, however often its parents are repeated. One is about the reading of one value of one run. */
export interface FieldCost {
  /** e.g. runs.items.series */
  path: string;
  cost: number;
  /** how it came to that, for the message; or empty */
  why: string;
}

export interface QueryParts {
  fragments: Map<string, FragmentDefinitionNode>;
  variables: Record<string, unknown>;
}

/** how many items a list without `first` is taken to have */
const LIST_SIZES: Record<string, number> = { runs: 50, sweeps: 50, trials: 100, workers: 20, projects: 20 };
/** lists whose items are a field of their own, beside the total and the cursor */
const PAGES = new Set(['runs', 'sweeps', 'runGroups']);
/** fields that read all runs which a filter lets through (or all of some runs), and how much each of their listed arguments adds */
const READS_ALL: Record<string, { base: number; lists: string[] }> = {
  total: { base: 100, lists: [] },
  runKeys: { base: 200, lists: [] },
  runFacets: { base: 500, lists: ['paths'] },
  runGroups: { base: 500, lists: ['by', 'values'] },
  compareRuns: { base: 50, lists: ['ids'] },
  comparedEvaluations: { base: 500, lists: ['runIds'] },
};
/** points per unit of cost: they are read in blocks */
const POINTS_PER_COST = 100;
/** series that a run is taken to have where no names are given */
const USUAL_SERIES = 10;
const MAX_FRAGMENT_DEPTH = 50;

/** Every field of a selection with its own cost, without that of the fields within it. */
export function fieldCosts(set: SelectionSetNode | undefined, query: QueryParts): FieldCost[] {
  const costs: FieldCost[] = [];
  collect(set, query, { path: '', times: 1, items: 1, depth: 0 }, costs);
  return costs;
}

interface Place {
  path: string;
  /** how often the field is answered, because its parents are lists */
  times: number;
  /** within a page: how many items it has */
  items: number;
  depth: number;
}

function collect(
  set: SelectionSetNode | undefined,
  query: QueryParts,
  place: Place,
  costs: FieldCost[],
): void {
  for (const node of set?.selections ?? []) {
    if (node.kind === Kind.FIELD) collectField(node, query, place, costs);
    else if (place.depth < MAX_FRAGMENT_DEPTH) {
      const below = node.kind === Kind.INLINE_FRAGMENT ? node : query.fragments.get(node.name.value);
      collect(below?.selectionSet, query, { ...place, depth: place.depth + 1 }, costs);
    }
  }
}

/** Introspection is nearly free: its size is the schema's. */
function collectField(field: FieldNode, query: QueryParts, place: Place, costs: FieldCost[]): void {
  const { times, depth } = place;
  const name = field.name.value;
  const path = place.path === '' ? name : `${place.path}.${name}`;
  const { cost, why, isWhole } = ownCost(field, query);
  const isPlain = times === 1 && why === '';
  costs.push({ path, cost: times * cost, why: isPlain ? '' : ` (${times} × ${why || cost})` });
  if (name.startsWith('__') || isWhole) return;
  const items = itemsOf(field, query);
  const within = name === 'items' ? times * place.items : times;
  const below = PAGES.has(name) ? { times, items } : { times: within * items, items: 1 };
  collect(field.selectionSet, query, { path, depth, ...below }, costs);
}

function ownCost(field: FieldNode, query: QueryParts): { cost: number; why: string; isWhole?: boolean } {
  const name = field.name.value;
  if (name === 'series' || name === 'seriesUpdates') return seriesCost(field, query);
  if (name === 'log')
    return { cost: Math.ceil(Number(argument(field, 'lastLines', query) ?? 200) / 100), why: '' };
  const all = Object.hasOwn(READS_ALL, name) ? READS_ALL[name] : undefined;
  if (all === undefined) return { cost: 1, why: '' };
  const lists = all.lists.reduce((sum, list) => sum + lengthOf(argument(field, list, query), 0), 0);
  return { cost: all.base * Math.max(1, lists), why: '' };
}

function seriesCost(field: FieldNode, query: QueryParts) {
  const series = lengthOf(argument(field, 'names', query), USUAL_SERIES);
  const runs = lengthOf(argument(field, 'runIds', query), 1);
  const points = Math.max(0, Number(argument(field, 'maxPoints', query) ?? 1000));
  const cost = runs * series * Math.ceil(points / POINTS_PER_COST);
  return {
    cost,
    why: `${runs * series} series of ${points} points at ${POINTS_PER_COST} for 1`,
    isWhole: true,
  };
}

function itemsOf(field: FieldNode, query: QueryParts): number {
  const first = argument(field, 'first', query) ?? LIST_SIZES[field.name.value];
  if (first !== undefined && first !== null) return Math.max(0, Number(first));
  return lengthOf(argument(field, 'ids', query), 1);
}

function lengthOf(value: unknown, without: number): number {
  return Array.isArray(value) ? value.length : without;
}

function argument(field: FieldNode, name: string, { variables }: QueryParts): unknown {
  const node = field.arguments?.find((one) => one.name.value === name);
  return node && valueFromASTUntyped(node.value, variables);
}
