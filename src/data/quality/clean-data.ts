import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { RanksweepError } from '../../core/errors.js';
import { checkData, parsedRecord } from './check-data.js';
import type { Finding, FindingKind } from './finding.js';
import { openRecords, type RawRecord } from './raw-records.js';

export interface CleanOptions {
  /** near duplicates go, too */
  near: boolean;
  /** all records of a contradiction go: which of them is right, only a person knows */
  dropContradictions: boolean;
}

export interface Change {
  line: number;
  change: 'dropped' | 'rewritten';
  detail: string;
}

export interface CleanReport {
  read: number;
  written: number;
  output: string;
  changes: Change[];
  /** lines of each prompt with different answers that were left in */
  contradictions: number[][];
}

/**
 * Writes the records of a file as JSONL, each on a line of its own: text in Unicode NFC without white space at its ends; without records that
 * are broken, empty or there already. The file itself stays as it is.
 * @throws RanksweepError INVALID_INPUT for a file that cannot be read, CONFLICT if the new file is there already
 */
export async function cleanData(path: string, output: string, options: CleanOptions): Promise<CleanReport> {
  if (existsSync(output)) {
    const message = `found "${output}", expected a name that is free`;
    throw new RanksweepError('INVALID_INPUT', `output: ${message}`, [{ field: 'output', message }]);
  }
  const { findings } = await checkData([{ path, isEvaluation: false }]);
  const dropped = droppedLines(findings, options);
  const report: CleanReport = { read: 0, written: 0, output, changes: [], contradictions: [] };
  if (!options.dropContradictions) report.contradictions = linesOf(findings, 'contradiction');
  try {
    await write(path, output, dropped, report);
  } catch (error) {
    await rm(output, { force: true });
    throw error;
  }
  return report;
}

function linesOf(findings: Finding[], kind: FindingKind): number[][] {
  return findings.filter((one) => one.kind === kind).map(({ items }) => items.map(({ line }) => line));
}

/** The lines that go, each with its reason. */
function droppedLines(findings: Finding[], { near, dropContradictions }: CleanOptions): Map<number, string> {
  const dropped = new Map<number, string>();
  const drop = (line: number, reason: string) => {
    if (!dropped.has(line)) dropped.set(line, reason);
  };
  for (const { kind, items, detail } of findings) {
    if (kind === 'schema' || kind === 'empty') drop(items[0]!.line, `${kind}: ${detail}`);
    if (kind === 'contradiction' && dropContradictions)
      for (const { line } of items) drop(line, `contradiction: ${detail}`);
    if (kind === 'exact_duplicate' || (kind === 'near_duplicate' && near))
      for (const { line } of items.slice(1)) drop(line, `${kind} of line ${items[0]!.line}`);
  }
  return dropped;
}

async function write(
  path: string,
  output: string,
  dropped: Map<number, string>,
  report: CleanReport,
): Promise<void> {
  const { layout, records } = await openRecords(path);
  const stream = createWriteStream(output, { flags: 'wx' });
  for await (const record of records) {
    report.read++;
    const reason = dropped.get(record.line);
    if (reason) report.changes.push({ line: record.line, change: 'dropped', detail: reason });
    else {
      const text = standardised(record, layout === 'text', report);
      if (!stream.write(`${text}\n`)) await once(stream, 'drain');
      report.written++;
    }
  }
  stream.end();
  await once(stream, 'close');
}

function standardised(record: RawRecord, isText: boolean, report: CleanReport): string {
  const parsed = parsedRecord(record, isText ? 'text' : 'jsonl', null);
  if ('problem' in parsed) throw new RanksweepError('CONFLICT', 'the file has changed while it was cleaned');
  const value = isText ? { text: parsed.value } : parsed.value;
  const clean = cleanValue(value);
  if (JSON.stringify(clean) !== JSON.stringify(value))
    report.changes.push({
      line: record.line,
      change: 'rewritten',
      detail: 'white space at the ends, Unicode NFC',
    });
  return JSON.stringify(clean);
}

/** Texts in NFC, LF for CRLF, no white space at the end of a line or around the whole; the end of a prompt stays, it is part of the format. */
function cleanValue(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    const text = value.normalize('NFC').replaceAll('\r\n', '\n').replaceAll('\ufeff', '');
    return key === 'prompt' || key === 'completion' ? text : text.trim();
  }
  if (Array.isArray(value)) return value.map((item) => cleanValue(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, cleanValue(item, name)]));
}
