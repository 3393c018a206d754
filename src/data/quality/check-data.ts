import { formatProblems, RanksweepError } from '../../core/errors.js';
import { hashJson, sha256 } from '../../core/hash.js';
import { whyUnreadable } from '../../core/unreadable.js';
import { parseValue } from '../example-record.js';
import { hashExample } from '../examples.js';
import { type Fault, FileChecks } from './file-checks.js';
import { FINDING_KINDS, type Finding, type QualityReport } from './finding.js';
import { LabelBalance } from './label-balance.js';
import { type Fields, fieldsOf, isBlank } from './quality-record.js';
import { type FileLayout, openRecords, type RawRecord } from './raw-records.js';
import { RecordTable } from './record-table.js';
import { RecordReader } from './record-words.js';
import { Repetitions } from './repetitions.js';

export interface CheckedFile {
  path: string;
  /** what findings call it, if not by its path */
  name?: string;
  isEvaluation: boolean;
}

export interface CheckOptions {
  /** characters of prompt and answer together from which training would cut */
  maxLength?: number;
}

/**
 * Checks files of examples for all of `FINDING_KINDS`. Files are read as streams; of each record some 300 bytes are kept (places, hashes,
 * MinHash bands), and those that may be near duplicates are read again.
 * @throws RanksweepError INVALID_INPUT naming a file that cannot be read
 */
export async function checkData(files: CheckedFile[], options: CheckOptions = {}): Promise<QualityReport> {
  const check = new DataCheck(files, options);
  // Evaluations first: what is looked for in the training data has to be known.
  for (const index of evaluationsFirst(files)) {
    const { path } = files[index]!;
    try {
      await check.read(index);
    } catch (cause) {
      const message = `cannot be read: ${whyUnreadable(cause)}`;
      throw new RanksweepError('INVALID_INPUT', `${path} ${message}`, [{ field: path, message }]);
    }
  }
  return check.report();
}

function evaluationsFirst(files: CheckedFile[]): number[] {
  return [...files.keys()].sort((a, b) => Number(files[b]!.isEvaluation) - Number(files[a]!.isEvaluation));
}

class DataCheck {
  private readonly table = new RecordTable();
  private readonly repetitions: Repetitions;
  private readonly balance = new LabelBalance();
  /** by the number of the file */
  private readonly layouts: { path: string; layout: FileLayout }[] = [];
  private readonly hashes: string[] = [];
  private readonly findings: Finding[] = [];
  private examples = 0;
  /** without a training file, the evaluation is what is looked at */
  private readonly counts: (file: number) => boolean;

  constructor(
    private readonly files: CheckedFile[],
    private readonly options: CheckOptions,
  ) {
    const isAll = files.every(({ isEvaluation }) => isEvaluation);
    this.counts = (file) => isAll || !files[file]!.isEvaluation;
    this.repetitions = new Repetitions(this.table, (id) => files[this.table.fileOf(id)]!.isEvaluation);
  }

  async read(file: number): Promise<void> {
    const { path } = this.files[file]!;
    const { layout, records } = await openRecords(path);
    this.layouts[file] = { path, layout };
    const checks = new FileChecks(this.options.maxLength ?? null, !this.counts(file));
    let count = 0;
    for await (const record of records) {
      count++;
      this.take(file, layout, record, checks);
    }
    if (count === 0) checks.report('schema', 1, 'found no examples, expected one or more');
    for (const fault of checks.finish()) this.findings.push(this.found(fault, this.nameOf(file)));
  }

  report(): QualityReport {
    const reader = new RecordReader(this.table, this.layouts);
    try {
      for (const { kind, ids, detail } of this.repetitions.finish(reader)) {
        const items = [...ids]
          .sort((a, b) => this.table.fileOf(a) - this.table.fileOf(b) || a - b)
          .map(this.placeOf);
        this.findings.push({ kind, items, detail });
      }
    } finally {
      reader.close();
    }
    const unbalanced = this.balance.finding();
    if (unbalanced) this.findings.push({ kind: 'imbalance', ...unbalanced });
    const rank = (finding: Finding) => FINDING_KINDS.indexOf(finding.kind);
    this.findings.sort((a, b) => rank(a) - rank(b));
    const hash = sha256(this.hashes.sort().join('\n'));
    return { examples: this.examples, hash, findings: this.findings };
  }

  private take(file: number, layout: FileLayout, record: RawRecord, checks: FileChecks): void {
    const { line, text } = record;
    const parsed = parsedRecord(record, layout, checks.shape);
    if ('problem' in parsed) {
      checks.report('schema', line, parsed.problem);
      if (this.counts(file)) this.hashes.push(sha256(text.trim()));
      return;
    }
    const { fields } = parsed;
    const id = this.table.add(file, record);
    checks.take(fields, line);
    this.repetitions.take(id, fields);
    if (!this.counts(file)) return;
    this.examples++;
    this.hashes.push(parsed.hash());
    if (fields.prompt !== '' && fields.shape !== 'question/choices') {
      this.balance.add(fields.answer, fields.isLabel, () => this.placeOf(id));
    }
  }

  private placeOf = (id: number) => ({
    file: this.nameOf(this.table.fileOf(id)),
    line: this.table.lineOf(id),
  });

  private nameOf(file: number): string {
    const { name, path } = this.files[file]!;
    return name ?? path;
  }

  private found = ({ kind, line, detail }: Fault, file: string): Finding => ({
    kind,
    items: [{ file, line }],
    detail,
  });
}

export type Parsed = { problem: string } | { fields: Fields; value: unknown; hash: () => string };

/** A raw record as fields, or what is wrong with it in words. */
export function parsedRecord(record: RawRecord, layout: FileLayout, shape: string | null): Parsed {
  const { text, isUtf8 } = record;
  if (!isUtf8) return { problem: 'bytes that are not UTF-8' };
  if (text.includes('\u0000')) return { problem: 'a NUL byte' };
  if (layout === 'text') return plainText(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `not JSON: ${(error as Error).message}` };
  }
  const fields = fieldsOf(value, shape);
  if (Array.isArray(fields)) return { problem: formatProblems(fields) };
  if (/\\u0000/.test(text) && `${fields.prompt}${fields.answer}`.includes('\u0000'))
    return { problem: 'a NUL character' };
  return { fields, value, hash: () => hashOf(value) };
}

function plainText(text: string): Parsed {
  const fields = { shape: 'text', prompt: '', answer: text, isLabel: false, saysCut: false };
  const hash = () => hashExample({ prompt: '', completion: text });
  return { fields: { ...fields, emptyParts: isBlank(text) ? ['text'] : [] }, value: text, hash };
}

/** Its identity as an example of training where it is one (examples.ts), else the hash of its JSON. */
function hashOf(value: unknown): string {
  const parsed = parseValue(value);
  return Array.isArray(parsed) ? hashJson(value) : hashExample(parsed.example);
}
