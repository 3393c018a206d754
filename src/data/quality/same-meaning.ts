import type { RecordWords } from './record-words.js';
import { isNear, similarityOf } from './similarity.js';
import type { WordContexts } from './word-contexts.js';
import type { WordRarity } from './word-rarity.js';

type Weight = (word: string) => number;

/** What is known of the words of all records. */
export interface Knowledge {
  rarity: WordRarity;
  contexts: WordContexts;
}

/** A word of so many records is one that a template may have on its list. */
const COMMON = 3;
/** In longer texts, one word before and one after ("the _ of") are no sign of a template. */
const SHORT = 24;

/** Whether two records whose prompts differ repeat each other: as a whole, and in prompt and answer each. */
export function areNear(a: RecordWords, b: RecordWords, knowledge: Knowledge): boolean {
  const weight = knowledge.rarity.weightOf;
  const [wholeA, wholeB] = [
    [...a.prompt, ...a.answer],
    [...b.prompt, ...b.answer],
  ];
  const whole = similarityOf(wholeA, wholeB, weight);
  if (!isNear(whole) || whole.differsInNegation) return false;
  if (fillOneTemplate(wholeA, wholeB, whole.only, knowledge)) return false;
  if (a.isLabel || b.isLabel) {
    return a.answer.join(' ') === b.answer.join(' ') && isNear(similarityOf(a.prompt, b.prompt, weight));
  }
  return isClose(a.prompt, b.prompt, weight) && isClose(a.answer, b.answer, weight);
}

/** Whether one has this where the other has that, in a place where many records have something of their own: no repetition, a list. */
function fillOneTemplate(
  a: string[],
  b: string[],
  [onlyA, onlyB]: [string[], string[]],
  { rarity, contexts }: Knowledge,
): boolean {
  if (onlyA.length === 0 || onlyB.length === 0) return false;
  const isShort = Math.min(a.length, b.length) <= SHORT;
  const isCommon =
    isShort && [onlyA, onlyB].every((words) => words.some((word) => rarity.countOf(word) >= COMMON));
  return (
    onlyA.some((word) => contexts.isInSlot(word, a, isCommon)) ||
    onlyB.some((word) => contexts.isInSlot(word, b, isCommon))
  );
}

function isClose(a: string[], b: string[], weight: Weight): boolean {
  if (a.length === 0 || b.length === 0) return true;
  const { plain, weighted, differsInNumbers } = similarityOf(a, b, weight);
  return plain >= 0.6 && weighted >= 0.5 && (!differsInNumbers || plain >= 0.97);
}

/** Words from which an answer is long: it may differ in a word and still say the same. */
const LONG_ANSWER = 12;

/** Whether two answers to one prompt say the same: but for typing errors, or for up to a fifth of the words of a long text that deny and count nothing. */
export function saySame(a: RecordWords, b: RecordWords, weight: Weight): boolean {
  if (a.isLabel || b.isLabel) return false;
  const { plain, differsInNumbers, differsInNegation } = similarityOf(a.answer, b.answer, weight);
  const length = Math.min(a.answer.length, b.answer.length);
  if (differsInNumbers || differsInNegation) return false;
  return length >= LONG_ANSWER ? plain >= 0.65 : length >= 3 && plain === 1;
}
