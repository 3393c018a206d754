import type { WordHashes } from './word-hashes.js';

const { imul } = Math;

/** Words in a row that two texts rarely share by chance; contamination studies take 8 to 13. */
const SPAN = 8;
/** Of an evaluation's spans, so many must stand in the longer text. */
const SHARE = 0.8;
/** The text is longer than the evaluation by at least this factor: what is about as long is compared as a whole (near duplicates). */
const LONGER = 1.4;
/** A span in more training records than this belongs to a template. */
const COMMON = 5;
const MULTIPLIER = 0x01000193;
/** MULTIPLIER to the power of SPAN, modulo 2³² */
const LEAVING = Array.from({ length: SPAN }).reduce<number>((power) => imul(power, MULTIPLIER), 1);

interface Evaluation {
  id: number;
  words: number;
  spans: number[];
}

interface Candidate {
  evaluation: number;
  training: number;
  spans: number[];
}

/**
 * Texts of an evaluation that stand within a longer text of the training data. The evaluation's spans of eight words are known first; every
 * training record is then looked through once.
 */
export class Containment {
  private readonly evaluations: Evaluation[] = [];
  /** which evaluations have a span, by its hash */
  private readonly owners = new Map<number, number[]>();
  /** in how many training records a span was seen */
  private readonly seen = new Map<number, number>();
  private readonly candidates: Candidate[] = [];

  addEvaluation(id: number, words: WordHashes): void {
    const spans = [...new Set(spansOf(words))];
    if (spans.length < SPAN) return;
    const index = this.evaluations.push({ id, words: words.length, spans }) - 1;
    for (const span of spans) {
      const owners = this.owners.get(span);
      if (owners) owners.push(index);
      else this.owners.set(span, [index]);
    }
  }

  addTraining(training: number, words: WordHashes): void {
    if (this.evaluations.length === 0 || words.length < SPAN) return;
    const found = new Map<number, Set<number>>();
    for (const span of spansOf(words)) {
      for (const index of this.owners.get(span) ?? []) {
        const spans = found.get(index);
        if (spans) spans.add(span);
        else found.set(index, new Set([span]));
      }
    }
    if (found.size === 0) return;
    for (const span of new Set([...found.values()].flatMap((spans) => [...spans])))
      this.seen.set(span, (this.seen.get(span) ?? 0) + 1);
    for (const [evaluation, spans] of found) {
      const { words: length, spans: all } = this.evaluations[evaluation]!;
      if (words.length >= LONGER * length && spans.size >= SHARE * all.length)
        this.candidates.push({ evaluation, training, spans: [...spans] });
    }
  }

  /** [evaluation, training record that contains it]. */
  *pairs(): Generator<[number, number]> {
    for (const { evaluation, training, spans } of this.candidates) {
      const { id, spans: all } = this.evaluations[evaluation]!;
      const isOwn = (span: number) => (this.seen.get(span) ?? 0) <= COMMON;
      const own = all.filter(isOwn).length;
      if (own >= SPAN / 2 && spans.filter(isOwn).length >= SHARE * own) yield [id, training];
    }
  }
}

/** A rolling hash of every SPAN words. */
function* spansOf({ first, length }: WordHashes): Generator<number> {
  let hash = 0;
  for (let i = 0; i < length; i++) {
    hash = (imul(hash, MULTIPLIER) + first[i]!) | 0;
    if (i >= SPAN) hash = (hash - imul(first[i - SPAN]!, LEAVING)) | 0;
    if (i >= SPAN - 1) yield hash;
  }
}
