import type { Run } from '../../runs/run.entity.js';

/** Tags of MLflow's that are columns of a run here: stored once, seen as both. */
export const COLUMN_TAGS = {
  'mlflow.runName': 'name',
  'mlflow.note.content': 'notes',
  'mlflow.parentRunId': 'parentId',
  'ranksweep.group': 'groupName',
} as const satisfies Record<string, keyof Run>;
export type ColumnTag = keyof typeof COLUMN_TAGS;

export function isColumnTag(key: string): key is ColumnTag {
  return Object.hasOwn(COLUMN_TAGS, key);
}

/** Those that the run has, with what the server itself knows and MLflow has no word for. */
export function ownTags(run: Run): { key: string; value: string }[] {
  const keys = Object.keys(COLUMN_TAGS) as ColumnTag[];
  const columns = keys.map((key) => ({ key: key as string, value: run[COLUMN_TAGS[key]] }));
  const known = [
    { key: 'ranksweep.state', value: isPlain(run) ? null : run.state },
    { key: 'ranksweep.sweep', value: run.sweepId },
    { key: 'ranksweep.trial', value: run.trialId },
  ];
  return [...columns, ...known].filter((tag): tag is { key: string; value: string } => tag.value !== null);
}

/** A state that MLflow's status tells wholly. */
function isPlain({ state }: Run): boolean {
  return ['running', 'finished', 'failed', 'cancelled'].includes(state);
}
