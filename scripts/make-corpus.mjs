/**
 * The pretraining corpus as documents, in a fixed order: speeches before 1980 and the novel without what is held out, cut into documents
 * of some sentences each, and a fifth of generated structured text. `node scripts/make-corpus.mjs` prints how large each part is.
 */
import { pathToFileURL } from 'node:url';
import { SeededRandom } from './make-corpus-random.mjs';
import {
  BASE_CAPABILITY_YEARS,
  chunksOf,
  FIRST_YEAR_AFTER_CORPUS,
  HELD_OUT_YEARS,
  isHeldOutChapter,
  readChapters,
  readSpeeches,
} from './make-corpus-sources.mjs';
import { structuredDocuments } from './make-corpus-structured.mjs';

const SEED = 20261124;
/** Chosen so that a fifth of the corpus's tokens are structured text (digits are tokens of their own there). */
const STRUCTURED_BYTES = 1_500_000;
const HELD_OUT_STRUCTURED_BYTES = 30_000;
const SHORTEST_DOCUMENT = 300;
const LONGEST_DOCUMENT = 1500;

/** Documents of different lengths: a model that starts at any sentence must have seen documents that start so. */
function documentsOf(texts, random) {
  return texts.flatMap((text) => {
    const limits = Array.from({ length: 1000 }, () => random.between(SHORTEST_DOCUMENT, LONGEST_DOCUMENT));
    return chunksOf(text, (i) => limits[i % limits.length]);
  });
}

const heldOutYears = new Set([...BASE_CAPABILITY_YEARS, ...HELD_OUT_YEARS]);

/** The documents of each source, not yet mixed: { speeches, novel, structured }. */
export function corpusParts() {
  const random = new SeededRandom(SEED);
  const speeches = readSpeeches().filter(
    ({ year }) => year < FIRST_YEAR_AFTER_CORPUS && !heldOutYears.has(year),
  );
  const chapters = readChapters().filter(({ number }) => !isHeldOutChapter(number));
  return {
    speeches: documentsOf(
      speeches.map(({ text }) => text),
      random,
    ),
    novel: documentsOf(
      chapters.map(({ text }) => text),
      random,
    ),
    structured: structuredDocuments(SEED, STRUCTURED_BYTES),
  };
}

/** All documents in a shuffled order. */
export function corpusDocuments() {
  return new SeededRandom(SEED + 1).shuffle(Object.values(corpusParts()).flat());
}

/** Text that pretraining never sees, by source, for the base model's bits per byte. */
export function heldOutParts() {
  const speechesOf = (years) =>
    readSpeeches()
      .filter(({ year }) => years(year))
      .map(({ text }) => text);
  const chapters = readChapters().filter(({ number }) => isHeldOutChapter(number));
  return {
    'speeches before 1980': speechesOf((year) => HELD_OUT_YEARS.includes(year)),
    'speeches of the 19th century': speechesOf((year) => BASE_CAPABILITY_YEARS.includes(year)),
    'speeches 1990 to 2009': speechesOf((year) => year >= 1990 && year <= 2009),
    'Moby-Dick': chapters.map(({ text }) => text),
    'structured text': structuredDocuments(SEED + 2, HELD_OUT_STRUCTURED_BYTES),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const [name, documents] of Object.entries(corpusParts())) {
    const bytes = documents.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    console.log(`${name}: ${documents.length} documents, ${bytes} bytes`);
  }
}
