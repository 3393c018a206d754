/**
 * Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) over bytes, in GPT-2's layout: ids 0 = the special token, 1 + b = byte b,
 * then one id per merge. Deterministic: of equally frequent pairs, the one with the smallest ids is merged.
 *
 *   symbols  the ids that a distinct pre-token consists of now      count  how often the pre-token occurs in the corpus
 *   pair     left · PAIR_BASE + right, so that numbers order pairs as (left, right) does
 */
export const FIRST_BYTE_ID = 1;
export const FIRST_MERGE_ID = FIRST_BYTE_ID + 256;
const PAIR_BASE = 2 ** 20;

const pairsOf = (symbols) => symbols.slice(1).map((right, i) => symbols[i] * PAIR_BASE + right);

/** Pair counts, and for each pair the words that (may) hold it. */
class PairTable {
  constructor(words) {
    this.counts = new Map();
    this.holders = new Map();
    for (const word of words) this.add(word, 1);
  }

  add(word, sign) {
    for (const pair of pairsOf(word.symbols)) {
      this.counts.set(pair, (this.counts.get(pair) ?? 0) + sign * word.count);
      if (!this.holders.has(pair)) this.holders.set(pair, new Set());
      this.holders.get(pair).add(word);
    }
  }

  mostFrequent() {
    let best = null;
    let bestCount = 1;
    for (const [pair, count] of this.counts) {
      if (count > bestCount || (count === bestCount && best !== null && pair < best)) {
        best = pair;
        bestCount = count;
      }
    }
    return best;
  }

  replace(pair, id) {
    for (const word of this.holders.get(pair)) {
      this.add(word, -1);
      word.symbols = mergePair(word.symbols, pair, id);
      this.add(word, 1);
    }
    this.counts.delete(pair);
    this.holders.delete(pair);
  }
}

function mergePair(symbols, pair, id) {
  const merged = [];
  for (let i = 0; i < symbols.length; i++) {
    const isPair = i + 1 < symbols.length && symbols[i] * PAIR_BASE + symbols[i + 1] === pair;
    merged.push(isPair ? id : symbols[i]);
    if (isPair) i++;
  }
  return merged;
}

/** How often each pre-token occurs, as words of byte ids. */
function wordsOf(documents, pattern) {
  const counts = new Map();
  for (const document of documents) {
    for (const [piece] of document.matchAll(pattern)) counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return [...counts].map(([piece, count]) => ({
    symbols: [...Buffer.from(piece)].map((byte) => FIRST_BYTE_ID + byte),
    count,
  }));
}

/**
 * @param documents texts
 * @param pattern global regular expression whose matches are the pre-tokens; merges never cross them
 * @returns [left, right] ids in the order of merging; the i-th merge makes id FIRST_MERGE_ID + i
 */
export function trainMerges(documents, pattern, mergeCount) {
  const table = new PairTable(wordsOf(documents, pattern));
  const merges = [];
  while (merges.length < mergeCount) {
    const pair = table.mostFrequent();
    if (pair === null) throw new Error(`the corpus has only ${merges.length} pairs that occur twice`);
    table.replace(pair, FIRST_MERGE_ID + merges.length);
    merges.push([Math.floor(pair / PAIR_BASE), pair % PAIR_BASE]);
  }
  return merges;
}
