import {
  bytesField,
  bytesFields,
  doubleField,
  floatField,
  intField,
  readFields,
  textField,
} from './protobuf.js';
import { readTfRecords } from './tf-record.js';

/** time in ms since the epoch */
export interface EventPoint {
  step: number;
  value: number;
  time: number;
}

/** What the event files of one run say; files are read into it one after the other. */
export interface RunEvents {
  points: Map<string, EventPoint[]>;
  hparams: Record<string, unknown>;
  firstTime: number;
  lastTime: number;
  /** tags of what is no scalar, by plugin */
  others: Map<string, Set<string>>;
}

/** tensorflow.DataType */
const FLOAT = 1;
const DOUBLE = 2;
const INT32 = 3;
const INT64 = 9;
const HALF = 19;
/** Summary.Value's fields of TensorFlow 1's way, which name no plugin */
const OLDER_KINDS = [
  [4, 'images'],
  [5, 'histograms'],
  [6, 'audio'],
] as const;
const SESSION_START = 1;
const HPARAMS_START = '_hparams_/session_start_info';

/** Adds a file's events. @returns where the file is damaged, if it is */
export function readEventFile(file: Buffer, into: RunEvents): { damage: string | null } {
  const { records, damage } = readTfRecords(file);
  for (const record of records) readEvent(record, into);
  return { damage };
}

/** Event: 1 wall_time, 2 step, 5 summary, 7 session_log. */
function readEvent(event: Buffer, into: RunEvents): void {
  const time = (doubleField(event, 1) ?? 0) * 1000;
  const step = intField(event, 2) ?? 0;
  const session = bytesField(event, 7);
  // a program that was started again from an earlier step: what it had logged beyond is void, as in TensorBoard
  if (session !== undefined && intField(session, 1) === SESSION_START) dropFrom(into.points, step);
  into.firstTime = Math.min(into.firstTime, time);
  into.lastTime = Math.max(into.lastTime, time);
  const summary = bytesField(event, 5);
  if (summary === undefined) return;
  for (const value of bytesFields(summary, 1)) readValue(value, step, time, into);
}

/** Summary.Value: 1 tag, 2 simple_value, 8 tensor, 9 metadata. */
function readValue(value: Buffer, step: number, time: number, into: RunEvents): void {
  const tag = textField(value, 1) ?? '';
  const simple = floatField(value, 2);
  const plugin = pluginOf(value);
  if (tag === HPARAMS_START) readHparams(value, into);
  const tensor = bytesField(value, 8);
  const isScalar = plugin === 'scalars' || plugin === '';
  const number = simple ?? (tensor !== undefined && isScalar ? scalarOf(tensor) : undefined);
  if (number !== undefined && tag !== '') {
    const points = into.points.get(tag);
    if (points === undefined) into.points.set(tag, [{ step, value: number, time }]);
    else points.push({ step, value: number, time });
  } else if (!tag.startsWith('_hparams_/')) {
    const name =
      plugin || OLDER_KINDS.find(([field]) => bytesField(value, field) !== undefined)?.[1] || 'no known kind';
    into.others.set(name, (into.others.get(name) ?? new Set()).add(tag));
  }
}

/** SummaryMetadata: 1 plugin_data {1 plugin_name, 2 content}. */
function pluginOf(value: Buffer): string {
  const metadata = bytesField(value, 9);
  const data = metadata && bytesField(metadata, 1);
  return (data && textField(data, 1)) ?? '';
}

/** TensorProto: 1 dtype, 4 tensor_content, 5 float_val, 6 double_val, 7 int_val, 10 int64_val, 13 half_val. */
function scalarOf(tensor: Buffer): number | undefined {
  const type = intField(tensor, 1);
  const content = bytesField(tensor, 4);
  if (content !== undefined && content.length > 0) return ofContent(type, content);
  if (type === FLOAT) return floatField(tensor, 5) ?? bytesField(tensor, 5)?.readFloatLE(0);
  if (type === DOUBLE) return doubleField(tensor, 6) ?? bytesField(tensor, 6)?.readDoubleLE(0);
  if (type === INT32) return intField(tensor, 7) ?? packedInt(tensor, 7);
  if (type === INT64) return intField(tensor, 10) ?? packedInt(tensor, 10);
  return undefined;
}

function ofContent(type: number | undefined, content: Buffer): number | undefined {
  if (type === FLOAT && content.length === 4) return content.readFloatLE(0);
  if (type === DOUBLE && content.length === 8) return content.readDoubleLE(0);
  if (type === INT32 && content.length === 4) return content.readInt32LE(0);
  if (type === INT64 && content.length === 8) return Number(content.readBigInt64LE(0));
  if (type === HALF && content.length === 2) return halfOf(content.readUInt16LE(0));
  return undefined;
}

/** A packed list of varints with one number in it: read as a message's only varint, behind a tag that is put before it. */
function packedInt(tensor: Buffer, number: number): number | undefined {
  const packed = bytesField(tensor, number);
  return packed && intField(Buffer.concat([Buffer.from([0x08]), packed]), 1);
}

/** IEEE 754 binary16. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** HParamsPluginData in the metadata's content: 3 session_start_info {1 hparams: map<string, google.protobuf.Value>}. */
function readHparams(value: Buffer, into: RunEvents): void {
  const data = bytesField(bytesField(value, 9) ?? Buffer.alloc(0), 1);
  const content = data && bytesField(data, 2);
  const info = content && bytesField(content, 3);
  for (const entry of info ? bytesFields(info, 1) : []) {
    const [key, held] = [textField(entry, 1), bytesField(entry, 2)];
    if (key !== undefined && held !== undefined) into.hparams[key] = protobufValue(held);
  }
}

/** google.protobuf.Value: 2 number_value, 3 string_value, 4 bool_value. */
function protobufValue(value: Buffer): unknown {
  for (const field of readFields(value)) {
    if (field.number === 2 && field.kind === 'fixed64') return finiteOrText(field.value.readDoubleLE(0));
    if (field.number === 3 && field.kind === 'bytes') return field.value.toString('utf8');
    if (field.number === 4 && field.kind === 'varint') return field.value !== 0n;
  }
  return null;
}

const finiteOrText = (number: number) => (Number.isFinite(number) ? number : String(number));

function dropFrom(points: Map<string, EventPoint[]>, step: number): void {
  for (const [tag, list] of points) {
    const kept = list.filter((point) => point.step < step);
    if (kept.length === 0) points.delete(tag);
    else points.set(tag, kept);
  }
}
