/** How much two texts share: of their words, and of their words weighed by rarity (both 0 to 1, Jaccard). */
export interface Similarity {
  plain: number;
  weighted: number;
  /** each has a number that the other lacks: records of one form that speak of different things */
  differsInNumbers: boolean;
  /** what each has and the other lacks */
  only: [string[], string[]];
  /** one of the two denies something */
  differsInNegation: boolean;
}

const NEGATION = /^(not|no|never|none|cannot|without|nicht|kein|keine|pas|non)$|n['’]t$/;

/**
 * Words that differ by one typing error count as the same.
 * @param weight how much a word says, e.g. the logarithm of its inverse document frequency
 */
export function similarityOf(
  a: readonly string[],
  b: readonly string[],
  weight: (word: string) => number,
): Similarity {
  const [inA, inB] = [new Set(a), new Set(b)];
  const shared = [...inA].filter((word) => inB.has(word));
  const [onlyA, onlyB] = [
    [...inA].filter((word) => !inB.has(word)),
    [...inB].filter((word) => !inA.has(word)),
  ];
  shared.push(...takeTypos(onlyA, onlyB));
  const others = [...onlyA, ...onlyB];
  const sum = (words: string[]) => words.reduce((total, word) => total + weight(word), 0);
  const [both, either] = [sum(shared), sum(shared) + sum(others)];
  return {
    plain: shared.length / Math.max(1, shared.length + others.length),
    weighted: either === 0 ? 1 : both / either,
    only: [onlyA, onlyB],
    differsInNumbers: onlyA.some(hasDigit) && onlyB.some(hasDigit),
    differsInNegation: others.some((word) => NEGATION.test(word)),
  };
}

const hasDigit = (word: string) => /\d/.test(word);

/** Takes the pairs out of both lists that are one word mistyped; gives the less odd spelling of each. */
function takeTypos(onlyA: string[], onlyB: string[]): string[] {
  if (onlyA.length > 20 || onlyB.length > 20) return [];
  return [...onlyA].flatMap((word) => {
    const twin = onlyB.find((other) => isTypo(word, other));
    if (twin === undefined) return [];
    onlyA.splice(onlyA.indexOf(word), 1);
    onlyB.splice(onlyB.indexOf(twin), 1);
    return [word];
  });
}

/** One letter more, less, other, or two neighbours exchanged; words of three letters only exchange. */
export function isTypo(a: string, b: string): boolean {
  if (hasDigit(a) || hasDigit(b) || Math.abs(a.length - b.length) > 1) return false;
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length < 3) return false;
  let i = 0;
  while (i < short.length && short[i] === long[i]) i++;
  const rest = (text: string, from: number) => text.slice(from);
  if (short.length === long.length) {
    const isExchange =
      short[i] === long[i + 1] && short[i + 1] === long[i] && rest(short, i + 2) === rest(long, i + 2);
    return isExchange || (short.length > 4 && rest(short, i + 1) === rest(long, i + 1));
  }
  return short.length > 3 && rest(short, i) === rest(long, i + 1);
}

/** `a` repeats `b`, not quite in the same words. */
export function isNear({ plain, weighted, differsInNumbers }: Similarity): boolean {
  if (differsInNumbers) return plain >= 0.97;
  return plain >= 0.7 && weighted >= 0.55;
}
