import { once } from 'node:events';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { RanksweepError } from '../../core/errors.js';
import { parseValue } from '../example-record.js';
import { checkFractions, partOf } from '../split.js';
import { checkData, parsedRecord } from './check-data.js';
import type { Fields } from './quality-record.js';
import { type FileLayout, openRecords, type RawRecord } from './raw-records.js';
import { exactText, wordsOf } from './words.js';

export const PARTS = ['train', 'validation', 'test'] as const;
export type Part = (typeof PARTS)[number];

export interface SplitOptions {
  /** share of each part; they sum to 1 */
  fractions: Record<Part, number>;
  /** field of the records whose equal values stay together (a speaker, a document); null: each record by its own content */
  groupBy: string | null;
  /** another salt makes another split */
  salt: string;
}

export interface SplitReport {
  read: number;
  /** records and file of each part; a part of share 0 has none */
  parts: Partial<Record<Part, { file: string; examples: number }>>;
  /** records that are in no part: broken ones, and those that repeat a record of a part that is measured on */
  leftOut: { line: number; reason: string }[];
}

/**
 * Splits a file into train.jsonl, validation.jsonl and test.jsonl of a new folder. A record's part depends on its words (or its group), the
 * shares and the salt alone: it never moves when others come or go. What repeats a record of test is left out of validation and train, what
 * repeats one of validation is left out of train, nearly or in its prompt: so nothing leaks, and what is measured on stays what it was.
 * @throws RanksweepError INVALID_INPUT for shares, a folder that is there already, a file that cannot be read, a record without its group
 */
export async function splitData(path: string, folder: string, options: SplitOptions): Promise<SplitReport> {
  checkFractions(PARTS.map((part) => options.fractions[part]));
  if (existsSync(folder)) throw invalid('output', `found "${folder}", expected a name that is free`);
  await mkdir(dirname(resolve(folder)), { recursive: true });
  const draft = await mkdtemp(`${resolve(folder)}.`);
  try {
    const split = new Split(path, draft, options);
    await split.write(new Set());
    await split.write(await split.repeated());
    await rename(draft, folder);
    return split.report(folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

class Split {
  private readonly used: Part[];
  /** lines of the source, by part and in the order of the part's file */
  private lines: Record<Part, number[]> = { train: [], validation: [], test: [] };
  private leftOut = new Map<number, string>();
  private read = 0;

  constructor(
    private readonly path: string,
    private readonly folder: string,
    private readonly options: SplitOptions,
  ) {
    this.used = PARTS.filter((part) => options.fractions[part] > 0);
  }

  /** @param repeated lines that no part may have */
  async write(repeated: Set<number>): Promise<void> {
    this.lines = { train: [], validation: [], test: [] };
    this.read = 0;
    const { layout, records } = await openRecords(this.path);
    const streams = new Map(this.used.map((part) => [part, createWriteStream(this.fileOf(part))]));
    for await (const record of records) {
      this.read++;
      if (!repeated.has(record.line)) await this.writeRecord(record, layout, streams);
    }
    for (const stream of streams.values()) await new Promise<void>((done) => stream.end(done));
  }

  /** Lines that repeat a record of a part before theirs in the order test, validation, train. */
  async repeated(): Promise<Set<number>> {
    const lines = new Set<number>();
    for (const part of ['validation', 'train'] as const) {
      const measured = this.used.filter((other) => PARTS.indexOf(other) > PARTS.indexOf(part));
      if (!this.used.includes(part) || measured.length === 0) continue;
      for (const [line, reason] of await this.leaksInto(part, measured)) {
        lines.add(line);
        this.leftOut.set(line, reason);
      }
    }
    return lines;
  }

  report(folder: string): SplitReport {
    const parts = Object.fromEntries(
      this.used.map((part) => [
        part,
        { file: join(folder, `${part}.jsonl`), examples: this.lines[part].length },
      ]),
    );
    const leftOut = [...this.leftOut].sort(([a], [b]) => a - b);
    return { read: this.read, parts, leftOut: leftOut.map(([line, reason]) => ({ line, reason })) };
  }

  private async leaksInto(part: Part, measured: Part[]): Promise<Map<number, string>> {
    const others = measured.map((name) => ({ path: this.fileOf(name), name, isEvaluation: true }));
    const { findings } = await checkData([
      { path: this.fileOf(part), name: part, isEvaluation: false },
      ...others,
    ]);
    const lines = new Map<number, string>();
    for (const { kind, items } of findings) {
      if (kind !== 'leakage') continue;
      const other = items.find(({ file }) => file !== part)!;
      const line = this.lines[other.file as Part][other.line - 1];
      for (const item of items)
        if (item.file === part)
          lines.set(
            this.lines[part][item.line - 1]!,
            `${part}: repeats line ${line}, which is in ${other.file}`,
          );
    }
    return lines;
  }

  private async writeRecord(
    record: RawRecord,
    layout: FileLayout,
    streams: Map<Part, WriteStream>,
  ): Promise<void> {
    const parsed = parsedRecord(record, layout, null);
    if ('problem' in parsed) {
      this.leftOut.set(record.line, parsed.problem);
      return;
    }
    const { value, fields } = parsed;
    const { fractions, groupBy, salt } = this.options;
    const key = groupBy === null ? wordsKey(fields) : this.groupOf(value, groupBy, record.line);
    const part = partOf(key, fractions, salt);
    this.lines[part].push(record.line);
    const written =
      layout === 'text' ? { text: value } : groupBy === null ? value : withoutGroup(value, groupBy);
    const text = written === value ? record.text.replace(/\s*\n\s*/g, ' ').trim() : JSON.stringify(written);
    const stream = streams.get(part)!;
    if (!stream.write(`${text}\n`)) await once(stream, 'drain');
  }

  private groupOf(value: unknown, field: string, line: number): string {
    const group = (value as Record<string, unknown> | null)?.[field];
    if (['string', 'number', 'boolean'].includes(typeof group)) return String(group);
    const found = JSON.stringify(group)?.slice(0, 60) ?? 'nothing';
    throw invalid(field, `found ${found} in line ${line}, expected a text or number to group by`);
  }

  private fileOf = (part: Part) => join(this.folder, `${part}.jsonl`);
}

/** What does not change with case, marks and white space. */
function wordsKey({ prompt, answer }: Fields): string {
  const words = [wordsOf(prompt).join(' '), wordsOf(answer).join(' ')].join('\n');
  return words === '\n' ? `${exactText(prompt)}\n${exactText(answer)}` : words;
}

/** A field that is there for the groups alone would be refused in training. */
function withoutGroup(value: unknown, field: string): unknown {
  if (!Array.isArray(parseValue(value))) return value;
  const { [field]: _, ...rest } = value as Record<string, unknown>;
  return Array.isArray(parseValue(rest)) ? value : rest;
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
