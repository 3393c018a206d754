import type { RecordWords } from './record-words.js';
import { isNear, similarityOf } from './similarity.js';

type Weight = (word: string) => number;

/** Whether two records whose prompts differ repeat each other: as a whole, and in prompt and answer each. */
export function areNear(a: RecordWords, b: RecordWords, weight: Weight): boolean {
  const whole = similarityOf([...a.prompt, ...a.answer], [...b.prompt, ...b.answer], weight);
  if (!isNear(whole) || whole.differsInNegation) return false;
  if (a.isLabel || b.isLabel) {
    return a.answer.join(' ') === b.answer.join(' ') && isNear(similarityOf(a.prompt, b.prompt, weight));
  }
  return isClose(a.prompt, b.prompt, weight) && isClose(a.answer, b.answer, weight);
}

function isClose(a: string[], b: string[], weight: Weight): boolean {
  if (a.length === 0 || b.length === 0) return true;
  const { plain, weighted, differsInNumbers } = similarityOf(a, b, weight);
  return plain >= 0.6 && weighted >= 0.5 && (!differsInNumbers || plain >= 0.97);
}

/** Words from which an answer is long: it may differ in a word and still say the same. */
const LONG_ANSWER = 12;

/** Whether two answers to one prompt say the same: but for typing errors, or for a word or two in a long text that deny and count nothing. */
export function saySame(a: RecordWords, b: RecordWords, weight: Weight): boolean {
  if (a.isLabel || b.isLabel) return false;
  const { plain, differsInNumbers, differsInNegation } = similarityOf(a.answer, b.answer, weight);
  const length = Math.min(a.answer.length, b.answer.length);
  if (differsInNumbers || differsInNegation) return false;
  return length >= LONG_ANSWER ? plain >= 0.8 : length >= 3 && plain === 1;
}
