import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RanksweepError } from '../core/errors.js';
import { type MetricJson, metricFromJson, metricToJson } from '../core/metric-value.js';
import { whyUnreadable } from '../core/unreadable.js';
import { formatSafetensors, parseSafetensors, type TensorFile } from './safetensors.js';

/**
 * Everything that the steps after `step` depend on. The order of the data and the dropout masks are functions of seed and step, so that the
 * step is the position of both.
 */
export interface TrainingState {
  /** what this belongs to: resuming.ts makes it */
  identity: string;
  /** the run that left it; null outside of the program's records */
  runId: string | null;
  /** optimiser steps done */
  step: number;
  /** updates that the optimiser has counted */
  updates: number;
  tokens: number;
  /** spent until here, over all runs that led here */
  seconds: number;
  /** what divergence is measured against */
  baseLoss: number;
  validation: ValidationState;
  /** what was logged so far, so that the series of the run that goes on are whole */
  points: { metric: string; step: number; value: number }[];
  parameters: TensorFile;
  m: TensorFile;
  v: TensorFile;
  /** the weights of the best step; null without early stopping, or before the first evaluation */
  best: TensorFile | null;
}

export interface ValidationState {
  bestStep: number | null;
  bestLoss: number;
  sinceImproved: number;
  /** the loss that an improvement is measured against */
  reference: number;
}

const PARTS = ['parameters', 'm', 'v', 'best'] as const;
const VERSION = 2;

/**
 * Writes a safetensors file whose `__metadata__.ranksweep` holds what is no tensor. It is written aside, synced and renamed: whenever the
 * machine fails, the file is the old one or the new one.
 */
export async function saveTrainingState(path: string, state: TrainingState): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}.partial`;
  const file = await open(aside, 'w');
  try {
    await file.writeFile(format(state));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
  await syncFolder(dirname(path));
}

/** The new name is on the disk too. Windows cannot open folders, and needs no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** @throws RanksweepError NOT_FOUND or INVALID_INPUT */
export async function readTrainingState(path: string): Promise<TrainingState> {
  const bytes = await readFile(path).catch((cause) => {
    throw new RanksweepError('NOT_FOUND', `${path} cannot be read: ${whyUnreadable(cause)}`);
  });
  const tensors = parseSafetensors(bytes, path);
  const { version, ...facts } = factsOf(bytes, path);
  if (version !== VERSION) throw invalid(path, `found version ${version}, expected ${VERSION}`);
  const { validation, points, baseLoss, ...rest } = facts;
  const part = (name: string): TensorFile => pick(tensors, `${name}/`);
  const best = part('best');
  return {
    ...rest,
    baseLoss: metricFromJson(baseLoss)!,
    validation: {
      ...validation,
      bestLoss: metricFromJson(validation.bestLoss)!,
      reference: metricFromJson(validation.reference)!,
    },
    points: points.map((point) => ({ ...point, value: metricFromJson(point.value)! })),
    ...{ parameters: part('parameters'), m: part('m'), v: part('v'), best: best.size > 0 ? best : null },
  };
}

interface StoredFacts
  extends Pick<TrainingState, 'identity' | 'runId' | 'step' | 'updates' | 'tokens' | 'seconds'> {
  version: number;
  baseLoss: MetricJson;
  validation: {
    bestStep: number | null;
    bestLoss: MetricJson;
    sinceImproved: number;
    reference: MetricJson;
  };
  points: { metric: string; step: number; value: MetricJson }[];
}

function format(state: TrainingState): Buffer {
  const tensors: TensorFile = new Map();
  for (const part of PARTS) {
    for (const [name, tensor] of state[part] ?? []) tensors.set(`${part}/${name}`, tensor);
  }
  return withMetadata(formatSafetensors(tensors), JSON.stringify(toStored(state)));
}

function toStored(state: TrainingState): StoredFacts {
  const { parameters: _, m: _m, v: _v, best: _best, validation, points, baseLoss, ...rest } = state;
  return {
    ...rest,
    version: VERSION,
    baseLoss: metricToJson(baseLoss),
    validation: {
      ...validation,
      bestLoss: metricToJson(validation.bestLoss),
      reference: metricToJson(validation.reference),
    },
    points: points.map((point) => ({ ...point, value: metricToJson(point.value) })),
  };
}

/** The same file with a text in its header. */
function withMetadata(bytes: Uint8Array, text: string): Buffer {
  const { header, end } = headerOf(bytes);
  const json = Buffer.from(JSON.stringify({ ...header, __metadata__: { format: 'pt', ranksweep: text } }));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, bytes.subarray(end)]);
}

function factsOf(bytes: Uint8Array, path: string): StoredFacts {
  const text = headerOf(bytes).header.__metadata__?.ranksweep;
  if (text === undefined) throw invalid(path, 'it holds tensors only');
  return JSON.parse(text);
}

function headerOf(bytes: Uint8Array): { header: Record<string, Record<string, string>>; end: number } {
  const end = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, end))), end };
}

/** The tensors of one part, under their own names. */
function pick(tensors: TensorFile, prefix: string): TensorFile {
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

const invalid = (path: string, reason: string) =>
  new RanksweepError('INVALID_INPUT', `${path} is no state of a training: ${reason}`);
