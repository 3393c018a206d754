import { l as longestCommon, n as ngramOverlap } from 'js-rouge';

/**
 * ROUGE's F-measure (Lin 2004) by js-rouge, with the words of Google's rouge-score (lower case, runs of a-z and 0-9, no stemming) and
 * each text as one sentence, so that the numbers are rouge-score's. The best of several references counts.
 */
const tokenizer = (text: string) => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
const segmenter = (text: string) => [text];

export type RougeKind = 'rouge1' | 'rouge2' | 'rougeL';

export function rouge(kind: RougeKind, answer: string, references: readonly string[]): number {
  return Math.max(...references.map((reference) => rougeOf(kind, answer, reference)));
}

function rougeOf(kind: RougeKind, answer: string, reference: string): number {
  const least = kind === 'rouge2' ? 2 : 1;
  if ([answer, reference].some((text) => tokenizer(text).length < least)) return 0;
  if (kind === 'rougeL') return longestCommon(answer, reference, { tokenizer, segmenter });
  return ngramOverlap(answer, reference, { n: least, tokenizer });
}
