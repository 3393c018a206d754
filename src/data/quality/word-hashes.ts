import { exactText, mixed, wordsOf } from './words.js';

const { imul } = Math;
const [SEED_A, SEED_B] = [0x811c9dc5, 0x9e3779b9];
const [SPACE, MARK, MINUS] = [1, 2, 0x2d];

/** What each ASCII character is: as `wordsOf` has it. */
const KINDS = new Uint8Array(128);
for (const space of '\t\n\v\f\r ') KINDS[space.charCodeAt(0)] = SPACE;
for (const mark of '.,!?;:"\'()[]{}`*_~') KINDS[mark.charCodeAt(0)] = MARK;

const IS_ASCII = /^[^\u0080-\uffff]*$/;

/**
 * The words of texts as two independent hashes each, one after the other: what `wordsOf` would give, but without a string for each word.
 * `first` are those of `hash32`.
 */
export class WordHashes {
  length = 0;
  first = new Int32Array(1024);
  private second = new Int32Array(1024);

  clear(): void {
    this.length = 0;
  }

  add(text: string): void {
    if (IS_ASCII.test(text)) this.addAscii(text);
    else for (const word of wordsOf(text)) this.addWord(word, 0, word.length);
  }

  /** 53 bits of the words from one to another: among a million texts, two differ and agree with a chance of 1 in 18,000. */
  sequenceHash(from = 0, to = this.length): number {
    let [a, b] = [SEED_A, SEED_B];
    for (let i = from; i < to; i++) {
      a = (imul(a, 31) + this.first[i]!) | 0;
      b = imul(b ^ this.second[i]!, 0x85ebca6b);
      b ^= b >>> 15;
    }
    return joined(a, b);
  }

  private addAscii(text: string): void {
    for (let i = 0; i < text.length; ) {
      let end = i;
      while (end < text.length && KINDS[text.charCodeAt(end)] !== SPACE) end++;
      if (end > i) this.addToken(text, i, end);
      i = end + 1;
    }
  }

  /** Without the marks around it; a minus before a digit is part of the number. */
  private addToken(text: string, start: number, end: number): void {
    for (; start < end; start++) {
      const unit = text.charCodeAt(start);
      if (KINDS[unit] !== MARK && (unit !== MINUS || isDigit(text.charCodeAt(start + 1)))) break;
    }
    for (; end > start; end--) {
      const unit = text.charCodeAt(end - 1);
      if (KINDS[unit] !== MARK && unit !== MINUS) break;
    }
    if (end > start) this.addWord(text, start, end);
  }

  private addWord(text: string, start: number, end: number): void {
    let [a, b] = [SEED_A, SEED_B];
    for (let i = start; i < end; i++) {
      let unit = text.charCodeAt(i);
      if (unit >= 65 && unit <= 90) unit += 32;
      a = imul(a ^ unit, 0x01000193);
      b = imul(b ^ unit, 0x85ebca6b);
      b ^= b >>> 15;
    }
    if (this.length === this.first.length) this.grow();
    this.first[this.length] = mixed(a);
    this.second[this.length++] = mixed(b);
  }

  private grow(): void {
    const [first, second] = [this.first, this.second];
    this.first = new Int32Array(2 * first.length);
    this.second = new Int32Array(2 * first.length);
    this.first.set(first);
    this.second.set(second);
  }
}

const isDigit = (unit: number) => unit >= 48 && unit <= 57;

/** 53 bits of texts as `exactText` has them, each closed by a sign that no text has. */
export function exactHash(...texts: string[]): number {
  const state = { a: SEED_A, b: SEED_B };
  for (const text of texts) hashInto(IS_ASCII.test(text) ? text : exactText(text), state);
  return joined(state.a, state.b);
}

/** Leading and trailing white space left out, each other run of it one space. */
function hashInto(text: string, state: { a: number; b: number }): void {
  let { a, b } = state;
  let isSpaced = false;
  let isFirst = true;
  for (let i = 0; i <= text.length; i++) {
    const unit = i < text.length ? text.charCodeAt(i) : 0xffff;
    if (KINDS[unit] === SPACE) {
      isSpaced = true;
      continue;
    }
    if (isSpaced && !isFirst && i < text.length) {
      a = imul(a ^ 0x20, 0x01000193);
      b = imul(b ^ 0x20, 0x85ebca6b);
      b ^= b >>> 15;
    }
    a = imul(a ^ unit, 0x01000193);
    b = imul(b ^ unit, 0x85ebca6b);
    b ^= b >>> 15;
    [isSpaced, isFirst] = [false, false];
  }
  Object.assign(state, { a, b });
}

const joined = (a: number, b: number) => mixed(a) * 2 ** 21 + (mixed(b) >>> 11);
