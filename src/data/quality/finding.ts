/** What can be wrong with data. The closed set of `ranksweep data check --json`. */
export const FINDING_KINDS = [
  'schema',
  'exact_duplicate',
  'near_duplicate',
  'contradiction',
  'leakage',
  'empty',
  'truncated',
  'imbalance',
  'personal_data',
  'secret',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** Where an example begins; `line` counts from 1. */
export interface Place {
  file: string;
  line: number;
}

/** One fault: a single place, or all places of a group. */
export interface Finding {
  kind: FindingKind;
  items: Place[];
  detail: string;
}

/** `examples` and `hash` are those of the training files (of all files if there is no other than evaluation). */
export interface QualityReport {
  examples: number;
  /** order-independent hash of the parsed examples; for one sound file the dataset's canonical hash */
  hash: string;
  findings: Finding[];
}
