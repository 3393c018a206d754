import type { MetricColumns } from '../../api-client/points-block.js';
import type { RunState } from '../../core/states.js';

/** A run of another tracker as it will be recorded here. */
export interface ImportedRun {
  /** kept from its tracker, or made from where it lies, so that a second import finds it again */
  id: string;
  project: string;
  name: string;
  origin: string;
  config: Record<string, unknown>;
  tags: Record<string, string>;
  state: RunState;
  /** ISO 8601 in UTC with milliseconds */
  startedAt: string;
  endedAt: string | null;
  group?: string | null;
  notes?: string | null;
  parentId?: string | null;
  seed?: number | null;
  provenance?: Record<string, unknown>;
  facts?: Record<string, unknown>;
  error?: string | null;
  /** parameters as texts, as MLflow keeps them: the config follows from them */
  params?: { key: string; value: string }[];
  /** read when the run's turn comes */
  series: () => AsyncIterable<MetricColumns> | Iterable<MetricColumns>;
  /** files to store with it: their name in the run, and where they lie */
  files?: { name: string; path: string }[];
}

/** What a source says of something that it cannot give: where, and why. */
export interface Omission {
  place: string;
  reason: string;
}

/** Runs one after the other. What does not come is told through `omit`. */
export type ImportSource = (omit: (omission: Omission) => void) => AsyncIterable<ImportedRun>;

/** why a run is lost that its tracker believes to be running */
export const STILL_RUNNING = 'it was still running when it was imported';

export function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** JSON has no NaN and no infinities; a config holds them as the texts that they are called by. */
export function configValue(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(configValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, configValue(below)]));
}
