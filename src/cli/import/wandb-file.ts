import { readFile } from 'node:fs/promises';
import { bytesField, bytesFields, doubleField, intField, readFields, textField } from './formats/protobuf.js';
import { readWandbLog } from './formats/wandb-log.js';
import { configValue, type ImportedRun, instantOf, type Omission, STILL_RUNNING } from './imported-run.js';
import { WandbHistory } from './wandb-history.js';

/** wandb_internal.proto, Record: the number of each kind that is read. */
const RECORD = { history: 2, summary: 3, config: 5, run: 17, exit: 18 } as const;

interface WandbFile {
  run: Buffer | null;
  config: Record<string, unknown>;
  summary: Record<string, unknown>;
  history: WandbHistory;
  exit: Buffer | null;
}

/** A run that W&B wrote offline: one `run-ID.wandb`. @returns null, and says why, if there is no run in it */
export async function readWandbFile(
  path: string,
  project: string | undefined,
  omit: (omission: Omission) => void,
): Promise<ImportedRun | null> {
  const { records, damage } = readWandbLog(await readFile(path));
  if (damage !== null) omit({ place: path, reason: `${damage}; what stands before it was read` });
  const file: WandbFile = { run: null, config: {}, summary: {}, history: new WandbHistory(), exit: null };
  for (const record of records) readRecord(record, file);
  if (file.run === null) {
    omit({ place: path, reason: 'it holds no run' });
    return null;
  }
  for (const { key, reason } of file.history.omissions()) omit({ place: `${path}: ${key}`, reason });
  return runOf(file, file.run, project);
}

function readRecord(record: Buffer, into: WandbFile): void {
  for (const field of readFields(record)) {
    if (field.kind !== 'bytes') continue;
    const { number, value } = field;
    if (number === RECORD.history) into.history.add(stepOf(value), bytesFields(value, 1).map(keyAndValue));
    if (number === RECORD.config) update(into.config, value);
    if (number === RECORD.summary) update(into.summary, value);
    if (number === RECORD.exit) into.exit = value;
    if (number === RECORD.run) {
      into.run = value;
      const config = bytesField(value, 4);
      if (config !== undefined) update(into.config, config);
    }
  }
}

/** ConfigRecord and SummaryRecord: 1 update, 2 remove; of each 1 key, 2 nested_key, 16 value_json. */
function update(target: Record<string, unknown>, record: Buffer): void {
  for (const item of bytesFields(record, 1)) {
    const [path, value] = keyAndValue(item);
    place(target, path, value);
  }
}

function place(target: Record<string, unknown>, [first, ...rest]: string[], value: unknown): void {
  if (first === undefined || first === '_wandb') return;
  if (rest.length === 0) target[first] = value;
  else {
    const below = target[first];
    const map = typeof below === 'object' && below !== null ? (below as Record<string, unknown>) : {};
    target[first] = map;
    place(map, rest, value);
  }
}

/** HistoryItem: 1 key, 2 nested_key, then one of 3 none, 4 boolean, 5 integer, 6 number, 7 text, 8 json, 16 value_json. */
function keyAndValue(item: Buffer): [path: string[], value: unknown] {
  const key = textField(item, 1);
  const path = key ? [key] : bytesFields(item, 2).map((part) => part.toString('utf8'));
  const number = doubleField(item, 6);
  if (number !== undefined) return [path, number];
  const json = textField(item, 16) ?? textField(item, 8);
  if (json !== undefined) return [path, parsed(json)];
  for (const field of readFields(item)) {
    if (field.number === 4 && field.kind === 'varint') return [path, field.value !== 0n];
    // sint64: zigzag
    if (field.number === 5 && field.kind === 'varint')
      return [path, Number((field.value >> 1n) ^ -(field.value & 1n))];
    if (field.number === 7 && field.kind === 'bytes') return [path, field.value.toString('utf8')];
  }
  return [path, null];
}

/** W&B's JSON has NaN and Infinity, bare. */
function parsed(json: string): unknown {
  const bare: Record<string, number> = { NaN: Number.NaN, Infinity: Infinity, '-Infinity': -Infinity };
  if (json in bare) return bare[json];
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}

/** HistoryRecord: 2 step {1 num}. */
function stepOf(history: Buffer): number | undefined {
  const step = bytesField(history, 2);
  return step && (intField(step, 1) ?? 0);
}

/** RunRecord: 1 run_id, 3 project, 6 run_group, 8 display_name, 9 notes, 10 tags, 12 sweep_id, 13 host, 17 start_time {1 s, 2 ns}. */
function runOf({ config, summary, history, exit }: WandbFile, run: Buffer, project?: string): ImportedRun {
  const started = bytesField(run, 17);
  const startMs = started
    ? (intField(started, 1) ?? 0) * 1000 + Math.floor((intField(started, 2) ?? 0) / 1e6)
    : history.firstTime;
  const exitCode = exit === null ? null : (intField(exit, 1) ?? 0);
  const runtimeMs = exit === null ? 0 : (intField(exit, 2) ?? 0) * 1000;
  const endMs = Math.max(startMs + runtimeMs, history.lastTime ?? 0);
  const id = textField(run, 1)!;
  return {
    ...{
      id,
      project: textField(run, 3) || project || 'wandb',
      name: textField(run, 8) || id,
      origin: 'wandb',
    },
    config: configValue(config) as Record<string, unknown>,
    tags: Object.fromEntries(bytesFields(run, 10).map((tag) => [tag.toString('utf8'), ''])),
    state: exitCode === null ? 'lost' : exitCode === 0 ? 'finished' : 'failed',
    error: exitCode === null ? STILL_RUNNING : exitCode === 0 ? null : `exit code ${exitCode}`,
    ...{ startedAt: instantOf(startMs ?? 0), endedAt: instantOf(endMs) },
    ...{ group: textField(run, 6) || null, notes: textField(run, 9) || null },
    provenance: { host: textField(run, 13), wandb: { sweep: textField(run, 12), entity: textField(run, 2) } },
    facts: { summary: configValue(summary) },
    series: () => history.columns(startMs ?? 0),
  };
}
