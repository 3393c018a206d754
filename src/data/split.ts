import { RanksweepError } from '../core/errors.js';
import { sha256 } from '../core/hash.js';
import { type Example, hashExample } from './examples.js';

/**
 * Splits by hash: an example's part depends on its content alone, so it stays where it is when others come, go or change places, and equal
 * examples never end up in two parts. With `groupKey`, all examples of a group (a speaker, a document) go to the same part.
 * @param fractions share of each part by name; they sum to 1
 * @throws RanksweepError INVALID_INPUT for fractions that are negative or do not sum to 1
 */
export function splitByHash<Name extends string, Item extends Example>(
  examples: readonly Item[],
  fractions: Record<Name, number>,
  groupKey: (example: Item) => string = hashExample,
): Record<Name, Item[]> {
  const names = Object.keys(fractions) as Name[];
  checkFractions(names.map((name) => fractions[name]));
  const parts = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Item[]>;
  for (const example of examples) parts[partOf(groupKey(example), fractions)].push(example);
  return parts;
}

/** The part of whatever has this key: it depends on the key, the shares and the salt alone. */
export function partOf<Name extends string>(key: string, fractions: Record<Name, number>, salt = ''): Name {
  return partAt(positionOf(salt === '' ? key : `${salt}\u0000${key}`), fractions);
}

/** A place in [0, 1) from the first 52 bits of the key's hash. */
const positionOf = (key: string) => Number.parseInt(sha256(key).slice(0, 13), 16) / 2 ** 52;

function partAt<Name extends string>(position: number, fractions: Record<Name, number>): Name {
  const entries = (Object.entries(fractions) as [Name, number][]).filter(([, fraction]) => fraction > 0);
  let end = 0;
  const found = entries.find(([, fraction]) => {
    end += fraction;
    return position < end;
  });
  return (found ?? entries.at(-1)!)[0];
}

/** @throws RanksweepError INVALID_INPUT for shares that are negative or do not sum to 1 */
export function checkFractions(fractions: number[]): void {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.every((fraction) => fraction >= 0) && Math.abs(sum - 1) < 1e-9) return;
  const message = `found ${JSON.stringify(fractions)}, expected shares of 0 or more that sum to 1`;
  throw new RanksweepError('INVALID_INPUT', `fractions: ${message}`, [{ field: 'fractions', message }]);
}
