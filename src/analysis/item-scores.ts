/** What one score found on each item of an evaluation set. The columns are parallel. */
export interface ItemScores {
  /** content hashes of the items, none twice */
  keys: readonly string[];
  values: ArrayLike<number>;
  /** how much an item counts in the mean (tokens, bytes); null: all the same */
  weights: ArrayLike<number> | null;
}

/** The items that all of several scorings have, in the order of the first. */
export interface AlignedItems {
  keys: string[];
  /** one column for each scoring */
  values: Float64Array[];
  /** of the first scoring; null if it has none */
  weights: Float64Array | null;
  /** for each scoring, how many of its items another one lacks */
  left: number[];
}

/** The weighted mean of item values; NaN where there is nothing to average, or a value is NaN. */
export function meanOfItems(values: ArrayLike<number>, weights: ArrayLike<number> | null): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights === null ? 1 : weights[i]!;
    if (weight === 0) continue;
    sum += values[i]! * weight;
    total += weight;
  }
  return total === 0 ? Number.NaN : sum / total;
}

/** The same items of several scorings beside each other, so that they can be compared in pairs. */
export function alignItems(scorings: readonly ItemScores[]): AlignedItems {
  const places = scorings.map(({ keys }) => new Map(keys.map((key, i) => [key, i])));
  const [first] = scorings;
  const keys = (first?.keys ?? []).filter((key) => places.every((at) => at.has(key)));
  const column = (numbers: ArrayLike<number>, which: number) =>
    Float64Array.from(keys, (key) => numbers[places[which]!.get(key)!]!);
  return {
    keys,
    values: scorings.map(({ values }, which) => column(values, which)),
    weights: first?.weights ? column(first.weights, 0) : null,
    left: scorings.map((scoring) => scoring.keys.length - keys.length),
  };
}

/** The mean of each group of items; items without a group (null) are in none. */
export function meansOfGroups(
  groups: readonly (string | null)[],
  values: ArrayLike<number>,
  weights: ArrayLike<number> | null,
): Map<string, { items: number; value: number }> {
  const members = new Map<string, number[]>();
  for (const [i, group] of groups.entries()) {
    if (group === null) continue;
    const of = members.get(group);
    if (of === undefined) members.set(group, [i]);
    else of.push(i);
  }
  return new Map([...members].map(([group, at]) => [group, meanOf(at, values, weights)]));
}

function meanOf(at: number[], values: ArrayLike<number>, weights: ArrayLike<number> | null) {
  const value = meanOfItems(
    at.map((i) => values[i]!),
    weights && at.map((i) => weights[i]!),
  );
  return { items: at.length, value };
}
