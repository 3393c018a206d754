import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import MiniSearch from 'minisearch';
import { RanksweepError } from '../../core/errors.js';
import { parsedRecord } from '../../data/quality/check-data.js';
import { openRecords } from '../../data/quality/raw-records.js';
import { similarityOf } from '../../data/quality/similarity.js';
import { exactText, wordsOf } from '../../data/quality/words.js';

/** `triplet` is what contrastive trainers read, `preference` what preference trainers (DPO) read. */
export const NEGATIVE_FORMATS = ['triplet', 'preference'] as const;
export type NegativeFormat = (typeof NEGATIVE_FORMATS)[number];

export interface NegativesOptions {
  /** for each record, at most so many */
  count: number;
  format: NegativeFormat;
}

export interface NegativesReport {
  /** records with a prompt and an answer; labels are answers too */
  records: number;
  pairs: number;
  /** records for which no other is similar and answered otherwise */
  without: number;
  output: string;
}

interface Candidate {
  id: number;
  line: number;
  prompt: string;
  answer: string;
}

/** Records beyond this number are not read: the index lies in memory, some kB for each. */
const MOST_RECORDS = 200_000;
/** Of the most similar prompts, so many are looked at for each negative that is wanted. */
const LOOKED_AT = 8;
/** Answers that share more than this of their words say the same; so do prompts above it ask the same. */
const [SAME_ANSWER, SAME_PROMPT] = [0.6, 0.9];

/**
 * Proposes hard negatives: for each record the answers to the prompts that are most similar to its own by BM25, but ask something else and
 * are answered otherwise. Written as JSONL with both lines and the score, for a person or a trainer to take or leave.
 * @throws RanksweepError INVALID_INPUT for a file without prompts, with too many records, or an output that is there already
 */
export async function proposeNegatives(
  path: string,
  output: string,
  options: NegativesOptions,
): Promise<NegativesReport> {
  if (existsSync(output)) throw invalid('output', `found "${output}", expected a name that is free`);
  const candidates = await readCandidates(path);
  const index = new MiniSearch<Candidate>({
    fields: ['prompt'],
    tokenize: wordsOf,
    processTerm: (term) => term,
  });
  index.addAll(candidates);
  const report: NegativesReport = { records: candidates.length, pairs: 0, without: 0, output };
  const stream = createWriteStream(output, { flags: 'wx' });
  try {
    for (const anchor of candidates) {
      const pairs = negativesOf(anchor, candidates, index, options.count);
      if (pairs.length === 0) report.without++;
      report.pairs += pairs.length;
      const text = pairs.map((pair) => `${JSON.stringify(rowOf(anchor, pair, options.format))}\n`).join('');
      if (!stream.write(text)) await once(stream, 'drain');
    }
    stream.end();
    await once(stream, 'close');
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
  return report;
}

async function readCandidates(path: string): Promise<Candidate[]> {
  const { layout, records } = await openRecords(path);
  const candidates: Candidate[] = [];
  for await (const record of records) {
    const parsed = parsedRecord(record, layout, null);
    if ('problem' in parsed || parsed.fields.emptyParts.length > 0) continue;
    const { prompt, answer } = parsed.fields;
    if (prompt.trim() !== '') candidates.push({ id: candidates.length, line: record.line, prompt, answer });
    if (candidates.length > MOST_RECORDS)
      throw invalid('file', `found more than ${MOST_RECORDS} records, expected at most as many`);
  }
  if (candidates.length === 0) throw invalid('file', `found no records with a prompt in ${path}`);
  return candidates;
}

interface Scored {
  other: Candidate;
  score: number;
}

function negativesOf(
  anchor: Candidate,
  candidates: Candidate[],
  index: MiniSearch<Candidate>,
  count: number,
): Scored[] {
  const found: Scored[] = [];
  const answers = new Set<string>();
  for (const { id, score } of index.search(anchor.prompt).slice(0, 1 + count * LOOKED_AT)) {
    const other = candidates[id as number]!;
    const answer = exactText(other.answer);
    if (found.length === count) break;
    if (other === anchor || answers.has(answer) || !asksOtherwise(anchor, other)) continue;
    answers.add(answer);
    found.push({ other, score });
  }
  return found;
}

const sameWeight = () => 1;

/** An answer that would be right for the anchor too is no negative. */
function asksOtherwise(a: Candidate, b: Candidate): boolean {
  const share = (one: string, two: string) => similarityOf(wordsOf(one), wordsOf(two), sameWeight).plain;
  if (exactText(a.answer) === exactText(b.answer)) return false;
  return share(a.answer, b.answer) < SAME_ANSWER && share(a.prompt, b.prompt) < SAME_PROMPT;
}

function rowOf(anchor: Candidate, { other, score }: Scored, format: NegativeFormat) {
  const origin = { line: anchor.line, negativeLine: other.line, score: Math.round(score * 100) / 100 };
  const { prompt, answer } = anchor;
  return format === 'preference'
    ? { prompt, chosen: answer, rejected: other.answer, ...origin }
    : { anchor: prompt, positive: answer, negative: other.answer, ...origin };
}

const invalid = (field: string, message: string) =>
  new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
