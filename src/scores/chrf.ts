/**
 * chrF2 (Popović 2015, 2017) of one sentence as sacrebleu has it: character n-grams of 1 to 6 without white space, beta 2, the mean of
 * precision and recall over the orders that answer and reference have, 0 to 1. The best of several references counts.
 */
const ORDERS = [1, 2, 3, 4, 5, 6];
const BETA = 2;

export function chrf(answer: string, references: readonly string[]): number {
  return Math.max(...references.map((reference) => chrfOf(answer, reference)));
}

function chrfOf(answer: string, reference: string): number {
  const [found, wanted] = [charactersOf(answer), charactersOf(reference)];
  let [precision, recall, orders] = [0, 0, 0];
  for (const n of ORDERS) {
    const [mine, theirs] = [ngrams(found, n), ngrams(wanted, n)];
    const [myCount, theirCount] = [countOf(mine), countOf(theirs)];
    if (myCount === 0 || theirCount === 0) continue;
    const shared = sharedCount(mine, theirs);
    precision += shared / myCount;
    recall += shared / theirCount;
    orders++;
  }
  return orders === 0 ? 0 : fScore(precision / orders, recall / orders);
}

function fScore(precision: number, recall: number): number {
  const sum = BETA ** 2 * precision + recall;
  return sum === 0 ? 0 : ((1 + BETA ** 2) * precision * recall) / sum;
}

const charactersOf = (text: string) => [...text.replace(/\s/g, '')];
const countOf = (grams: Map<string, number>) => [...grams.values()].reduce((sum, count) => sum + count, 0);

function ngrams(characters: string[], n: number): Map<string, number> {
  const grams = new Map<string, number>();
  for (let at = 0; at + n <= characters.length; at++) {
    const gram = characters.slice(at, at + n).join('');
    grams.set(gram, (grams.get(gram) ?? 0) + 1);
  }
  return grams;
}

function sharedCount(a: Map<string, number>, b: Map<string, number>): number {
  return [...a].reduce((sum, [gram, count]) => sum + Math.min(count, b.get(gram) ?? 0), 0);
}
