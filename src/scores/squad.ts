/**
 * Exact match and F1 as SQuAD's evaluation script has them (Rajpurkar et al. 2018, evaluate-v2.0.py): letters in lower case, without
 * punctuation, articles and spare white space; an empty answer has F1 1 if the reference is empty too, else 0. The best of several
 * references counts.
 */
const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;

export function normalizeAnswer(text: string): string {
  const bare = text.toLowerCase().replace(PUNCTUATION, '');
  return bare
    .replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
}

/** 1 or 0 */
export function exactMatch(answer: string, references: readonly string[]): number {
  const normal = normalizeAnswer(answer);
  return references.some((reference) => normalizeAnswer(reference) === normal) ? 1 : 0;
}

/** 0 to 1 */
export function f1(answer: string, references: readonly string[]): number {
  return Math.max(...references.map((reference) => f1Of(answer, reference)));
}

function f1Of(answer: string, reference: string): number {
  const [found, wanted] = [wordsOf(answer), wordsOf(reference)];
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of found) {
    const count = left.get(word) ?? 0;
    if (count > 0) shared++;
    left.set(word, count - 1);
  }
  if (shared === 0) return 0;
  const [precision, recall] = [shared / found.length, shared / wanted.length];
  return (2 * precision * recall) / (precision + recall);
}

const wordsOf = (text: string) => normalizeAnswer(text).split(' ');
