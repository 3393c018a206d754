import type { Condition, Order } from './vocabulary.js';

/** The value that a thing has for a condition's or an order's name; undefined: none. */
export type ValueOf<Item> = (
  item: Item,
  name: Pick<Condition, 'kind' | 'key'>,
) => number | string | undefined;

/** Filters and orders what is in memory, as MLflow's own file store does. */
export function matching<Item>(
  items: Item[],
  conditions: Condition[],
  orders: Order[],
  readValue: ValueOf<Item>,
): Item[] {
  const kept = items.filter((item) => conditions.every((one) => holds(one, readValue(item, one))));
  return orders.length === 0 ? kept : kept.sort((a, b) => compareBy(orders, a, b, readValue));
}

function holds({ comparator, value: wanted }: Condition, value: number | string | undefined): boolean {
  if (comparator === 'IS NULL') return value === undefined;
  if (comparator === 'IS NOT NULL') return value !== undefined;
  if (value === undefined || wanted === null) return false;
  if (comparator === 'IN') return (wanted as string[]).includes(String(value));
  if (comparator === 'NOT IN') return !(wanted as string[]).includes(String(value));
  if (comparator === 'LIKE') return likePattern(String(wanted), 'su').test(String(value));
  if (comparator === 'ILIKE') return likePattern(String(wanted), 'sui').test(String(value));
  return compares(comparator, value, wanted as number | string);
}

function compares(comparator: string, value: number | string, wanted: number | string): boolean {
  if (comparator === '=') return value === wanted;
  if (comparator === '!=') return value !== wanted;
  if (comparator === '<') return value < wanted;
  if (comparator === '<=') return value <= wanted;
  return comparator === '>' ? value > wanted : value >= wanted;
}

function likePattern(pattern: string, flags: string): RegExp {
  const source = pattern
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('%', '.*')
    .replaceAll('_', '.');
  return new RegExp(`^${source}$`, flags);
}

/** What is absent comes last in either direction. */
function compareBy<Item>(orders: Order[], a: Item, b: Item, readValue: ValueOf<Item>): number {
  for (const order of orders) {
    const [x, y] = [readValue(a, order), readValue(b, order)];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? 1 : -1;
    return x < y === order.ascending ? -1 : 1;
  }
  return 0;
}
