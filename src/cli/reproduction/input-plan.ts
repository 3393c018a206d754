import { RanksweepError } from '../../core/errors.js';

/** How one input of a past run can be had here. */
export interface InputPlan {
  /** dataset train, model, file train.py, … */
  what: string;
  /** of the problem if it is missing: datasets.train, model, command[1] */
  field: string;
  /** here: where it was; moved: elsewhere here; fetched: from the server; missing: nowhere */
  state: 'here' | 'moved' | 'fetched' | 'missing';
  /** its path then */
  from: string;
  /** its path now; null: missing */
  to: string | null;
  bytes: number | null;
  /** of what is missing: where it was looked for */
  reason: string | null;
  /** contents to fetch, and where to */
  downloads: { sha256: string; path: string }[];
}

/** @throws RanksweepError NOT_FOUND that names every input that is nowhere */
export function refuseMissing(plans: readonly InputPlan[]): void {
  const missing = plans.filter(({ state }) => state === 'missing');
  if (missing.length === 0) return;
  const problems = missing.map(({ field, reason }) => ({ field, message: reason ?? 'it is nowhere' }));
  const names = missing.map(({ what }) => what).join(', ');
  throw new RanksweepError('NOT_FOUND', `What the run was made from is missing: ${names}.`, problems);
}

export function inputText({ what, state, from, to, reason }: InputPlan): string {
  if (state === 'here') return `${what}: here, ${from}`;
  if (state === 'missing') return `${what}: missing, ${reason}`;
  return `${what}: ${state === 'moved' ? 'found at' : 'fetched to'} ${to} instead of ${from}`;
}
