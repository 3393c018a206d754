import type { Demand } from '../core/gate-policy.js';

/** What was found about one requirement, before it is said in words. Gains are in units of the score, positive is better. */
export interface Judged {
  set: string | null;
  group: string | null;
  role: string | null;
  score: string;
  demand: Demand;
  amount: number;
  isRelative: boolean;
  state: 'met' | 'violated' | 'undecided';
  /** what is missing altogether */
  lacks: 'set' | 'base' | null;
  items: number;
  /** what was drawn independently: items, or groups of them */
  units: number;
  /** items left out because the base has no finite score on them */
  left: number;
  /** items on which the adapter has no finite score */
  broken: number;
  /** of the gain, of the adapter's mean, or how many outputs are forbidden */
  estimate: number | null;
  /** what the estimate must reach */
  limit: number | null;
  /** one-sided: where the estimate may still lie, towards the limit if it is met or undecided, away from it if it is violated */
  bound: number | null;
  mean: number | null;
  baseMean: number | null;
  /** so many would probably decide; null: decided, or nobody can say */
  moreItems: number | null;
}

/** "genre: bits_per_byte is no worse than 0.02: gain 0.01, at least -0.004 with 95 % confidence, limit -0.02 (n = 200)" */
export function gateWords(one: Judged, policy: { confidence: number; minimumItems: number }): string {
  const subject = `${placeText(one)}: ${one.score} ${demandText(one)}`;
  return `${subject}: ${findingText(one, policy)}`;
}

function placeText({ set, group, role }: Judged): string {
  const where = set ?? `any set in the role ${role}`;
  return group === null ? where : `${where}, group ${group}`;
}

/** The demand as a person would say it. */
export function demandText({
  demand,
  amount,
  isRelative,
}: Pick<Judged, 'demand' | 'amount' | 'isRelative'>): string {
  const size = isRelative ? `${show(100 * amount)} % of the base` : show(amount);
  switch (demand) {
    case 'gainAtLeast':
      return `must gain at least ${size}`;
    case 'noWorseThan':
      return `must be no worse than the base by more than ${size}`;
    case 'meanAtMost':
      return `must be at most ${size}`;
    case 'meanAtLeast':
      return `must be at least ${size}`;
    case 'none':
      return 'must be 0 on every item';
  }
}

function findingText(one: Judged, policy: { confidence: number; minimumItems: number }): string {
  if (one.lacks === 'set') return 'no items with this score were recorded: evaluate it, and ask again';
  if (one.lacks === 'base') return 'the base has no scores on these items: evaluate it, and ask again';
  if (one.demand === 'none') return forbiddenText(one, policy);
  if (one.broken > 0) return `missed: no finite score on ${one.broken} items`;
  const left = one.left > 0 ? `, ${one.left} left out without a score of the base` : '';
  const count = `n = ${one.items}${one.units === one.items ? '' : ` in ${one.units} groups`}${left}`;
  return `${stateText(one, policy)} (${numbersText(one, policy)}; ${count})`;
}

function numbersText(one: Judged, { confidence }: { confidence: number }): string {
  const isGain = one.demand === 'gainAtLeast' || one.demand === 'noWorseThan';
  const estimate = `${isGain ? 'gain' : 'mean'} ${show(one.estimate!)}`;
  if (one.bound === null) return estimate;
  const isAbove = one.bound <= one.estimate!;
  const level =
    one.state === 'violated'
      ? `${show(100 * confidence)} % for all requirements together`
      : `${show(100 * confidence)} %`;
  return `${estimate}, ${isAbove ? 'at least' : 'at most'} ${show(one.bound)} with confidence ${level}, limit ${show(one.limit!)}`;
}

function stateText({ state, units, moreItems }: Judged, { minimumItems }: { minimumItems: number }): string {
  if (state === 'met') return 'met';
  if (state === 'violated') return 'missed';
  const few = units < minimumItems ? `fewer than ${minimumItems} independent ones; ` : '';
  const more =
    moreItems === null
      ? 'it lies on the limit, so no number of items would decide'
      : `about ${moreItems} more items would decide`;
  return `not enough evidence, ${few}${more}`;
}

/** The rate above which one in n would have been seen: 1 − α^(1/n) (Clopper and Pearson 1934). */
function forbiddenText(
  { state, items, estimate, moreItems }: Judged,
  { confidence }: { confidence: number },
): string {
  if (state === 'violated') return `missed, ${estimate} of ${items} outputs`;
  const rate = 1 - (1 - confidence) ** (1 / items);
  const found = `none of ${items} outputs; a rate above ${show(100 * rate)} % would have shown one with confidence ${show(100 * confidence)} %`;
  return state === 'met' ? `met, ${found}` : `not enough evidence, ${moreItems} more items needed (${found})`;
}

export function summaryOf(verdict: string, results: readonly Judged[]): string {
  const count = (state: Judged['state']) => results.filter((one) => one.state === state).length;
  const all = results.length === 1 ? 'the requirement is' : `all ${results.length} requirements are`;
  if (verdict === 'ship') return `${all} shown to be met`;
  if (verdict === 'do_not_ship')
    return `${count('violated')} of ${results.length} requirements shown to be missed`;
  return `${count('undecided')} of ${results.length} requirements can be neither shown nor refuted with these items`;
}

function show(value: number): string {
  return String(Number(value.toPrecision(3)));
}
