/**
 * The example task "era": a model of speeches before 1980 learns how presidents spoke from 1990 to 2009. Whole speeches belong to one
 * split; records are cut at sentences to about a hundred tokens of the base model's tokenizer.
 */
import {
  BASE_CAPABILITY_YEARS,
  FIRST_YEAR_AFTER_CORPUS,
  isHeldOutChapter,
  readChapters,
  readSpeeches,
  sentencesOf,
} from './make-corpus-sources.mjs';

/** Room for the end of text within the 128 positions of the example sweeps. */
const MOST_TOKENS = 126;
/** Shorter ones are ends of speeches and headings. */
const FEWEST_TOKENS = 60;
const EVALUATION_RECORDS = 64;
const VALIDATION_YEARS = [1994, 2004];
const IN_DOMAIN_YEARS = [1991, 1998, 2007];

/** Pieces of a sentence that is too long, cut after a space. */
function cutLongSentence(sentence, lengthOf) {
  if (lengthOf(sentence) <= MOST_TOKENS) return [sentence];
  const middle = sentence.lastIndexOf(' ', sentence.length / 2);
  if (middle <= 0) return [];
  return [sentence.slice(0, middle), sentence.slice(middle + 1)].flatMap((part) =>
    cutLongSentence(part, lengthOf),
  );
}

/** Whole sentences joined to records of FEWEST_TOKENS to MOST_TOKENS tokens; what stays shorter is left out. */
export function recordsOf(text, lengthOf) {
  const records = [];
  let current = { text: '', tokens: 0 };
  for (const piece of sentencesOf(text).flatMap((sentence) => cutLongSentence(sentence, lengthOf))) {
    // pre-tokens start with their space, so that lengths add up
    const tokens = current.tokens + lengthOf(current.tokens === 0 ? piece : ` ${piece}`);
    const isFull = tokens > MOST_TOKENS;
    if (isFull) records.push(current);
    current = isFull
      ? { text: piece, tokens: lengthOf(piece) }
      : { text: `${current.text} ${piece}`.trimStart(), tokens };
  }
  return [...records, current]
    .filter((record) => record.tokens >= FEWEST_TOKENS)
    .map((record) => record.text);
}

/** `count` items, evenly spaced. */
const spaced = (items, count) =>
  Array.from(
    { length: Math.min(count, items.length) },
    (_, i) => items[Math.floor((i * items.length) / count)],
  );

/** All speeches that the base model may have read, on one line. */
const pretrainingText = (speeches) =>
  speeches
    .filter(({ year }) => year < FIRST_YEAR_AFTER_CORPUS && !BASE_CAPABILITY_YEARS.includes(year))
    .map(({ text }) => text.replaceAll(/\s+/g, ' '))
    .join(' ');

/** Presidents quote each other: a held-out speech can hold a passage of one that was not held out. */
function notQuoted(records, speeches) {
  const read = pretrainingText(speeches);
  return spaced(records, EVALUATION_RECORDS + 8).filter(({ text }) => !read.includes(text));
}

/** File name → records. `lengthOf` counts a text's tokens. */
export function eraSets(lengthOf) {
  const records = (texts) => texts.flatMap(({ text }) => recordsOf(text, lengthOf)).map((text) => ({ text }));
  const speeches = readSpeeches();
  const ofYears = (years) => records(speeches.filter(({ year }) => years.includes(year)));
  const between = (first, last, except = []) =>
    records(speeches.filter(({ year }) => year >= first && year <= last && !except.includes(year)));
  const evaluation = (all) => spaced(all, EVALUATION_RECORDS);
  return {
    'train.jsonl': between(1990, 2009, [...VALIDATION_YEARS, ...IN_DOMAIN_YEARS]),
    'validation.jsonl': evaluation(ofYears(VALIDATION_YEARS)),
    'in-domain.jsonl': evaluation(ofYears(IN_DOMAIN_YEARS)),
    'out-of-domain-time.jsonl': evaluation(between(2010, 2021)),
    'out-of-domain-genre.jsonl': evaluation(
      records(readChapters().filter(({ number }) => isHeldOutChapter(number))),
    ),
    'base-capability.jsonl': evaluation(notQuoted(ofYears(BASE_CAPABILITY_YEARS), speeches)),
  };
}
