import { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import { sha256 } from './hash.js';

/**
 * The sealed manifest of a run: all that decides what it computes, written once, before it begins. Its text is canonical JSON, its seal the
 * SHA-256 of that text, kept in the run's row; the text itself is the run's file manifest.json.
 */
export const MANIFEST_NAME = 'manifest.json';
const FORMAT = 'ranksweep-manifest';
export const MANIFEST_VERSION = 1;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** A file that was there when the run began; its content can be had by hash if it was kept. */
const file = z.object({ path: z.string(), sha256: hash, bytes: z.int().nonnegative() });

/** One number and the stream that is drawn from it: a number of the stream depends on SHA-256(seed/stream) and its place (core/random.ts). */
const seedStream = z.strictObject({ seed: z.int().nonnegative(), stream: z.string() });

const dataset = z.object({
  /** train, validation or evaluations.NAME */
  use: z.string(),
  path: z.string(),
  /** of the bytes: content and order of the lines */
  contentHash: hash,
  /** of the examples, in any order */
  canonicalHash: hash,
  examples: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
});

const model = z.object({
  path: z.string(),
  /** over config, tokenizer and weights (training/checkpoint.ts) */
  hash,
  /** of tokenizer.json; null: it is inside of the model's file */
  tokenizer: hash.nullable(),
  parameters: z.int().nonnegative(),
  files: z.array(file),
});

export const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(MANIFEST_VERSION),
  runId: z.string(),
  config: z.unknown(),
  /** by purpose; of a command what it was given */
  seeds: z.record(z.string(), seedStream),
  datasets: z.array(dataset),
  model: model.nullable(),
  /** files that a command names among its arguments */
  files: z.array(file.extend({ argument: z.int().nonnegative() })),
  /** code, versions, machine, backend, environment, command, working directory: worker/provenance.ts */
  provenance: z.record(z.string(), z.unknown()),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestDataset = z.infer<typeof dataset>;
export type ManifestModel = z.infer<typeof model>;
export type ManifestFile = Manifest['files'][number];

export function manifestOf(content: Omit<Manifest, 'format' | 'version'>): Manifest {
  return { format: FORMAT, version: MANIFEST_VERSION, ...content };
}

/** The text that is stored, and its seal. Keys without a value are left out. */
export function sealManifest(manifest: Manifest): { text: string; sha256: string } {
  const text = canonicalJson(JSON.parse(JSON.stringify(manifest)));
  return { text, sha256: sha256(text) };
}

/** @returns the manifest, or why this text is not the one that was sealed */
export function openManifest(text: string, seal: string): Manifest | string {
  const found = sha256(text);
  if (found !== seal) return `its content has the SHA-256 ${found}, it was sealed as ${seal}`;
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (error) {
    return `it cannot be read: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}`;
  }
}

/** What the database says of a run now. */
export interface RecordedRun {
  id: string;
  config: unknown;
  seed: number | null;
  provenance: unknown;
  datasets: { use: string; contentHash: string; canonicalHash: string }[];
}

/** What comes to a record after it was sealed, and may. */
const ADDED_LATER = ['resumptions', 'trial'];

/**
 * Compares a run's record with its manifest.
 * @returns a path for everything that is other than it was sealed: config.lora.rank, provenance.git.commit, datasets.train, …
 */
export function changedSince(manifest: Manifest, run: RecordedRun): string[] {
  const provenance = { ...((run.provenance ?? {}) as Record<string, unknown>) };
  for (const key of ADDED_LATER) delete provenance[key];
  return [
    ...differingPaths('runId', manifest.runId, run.id),
    ...differingPaths('config', manifest.config, run.config),
    ...changedSeed(manifest, run.seed),
    ...differingPaths('datasets', hashesByUse(manifest.datasets), hashesByUse(run.datasets)),
    ...differingPaths('provenance', manifest.provenance, provenance),
  ];
}

function changedSeed({ seeds }: Manifest, seed: number | null): string[] {
  const sealed = Object.values(seeds).map((one) => one.seed);
  return sealed.length === 0 || seed === null || sealed.includes(seed) ? [] : ['seed'];
}

function hashesByUse(sets: RecordedRun['datasets']): Record<string, string[]> {
  return Object.fromEntries(
    sets.map(({ use, contentHash, canonicalHash }) => [use, [contentHash, canonicalHash]]),
  );
}

/** The deepest paths at which two JSON values differ. */
export function differingPaths(path: string, a: unknown, b: unknown): string[] {
  if (canonicalJson(a ?? null) === canonicalJson(b ?? null)) return [];
  if (!isPlainObject(a) || !isPlainObject(b)) return [path];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  return keys.flatMap((key) => differingPaths(`${path}.${key}`, a[key], b[key]));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
