import { type Problem, RanksweepError } from '../../core/errors.js';
import { hashJson } from '../../core/hash.js';
import { type CheckedFile, checkData } from './check-data.js';
import { FINDING_KINDS, type Finding, type FindingKind } from './finding.js';

/** Of the rules by which data is checked: a report of another version is made anew. */
export const CHECKER_VERSION = 1;

/** A file that a run reads: `use` is "train", "validation" or "evaluations.NAME". */
export interface UsedFile {
  use: string;
  path: string;
  /** SHA-256 of its bytes: a finding's line belongs to it */
  contentHash: string;
  canonicalHash: string;
}

/** What a record keeps of a check of a training set beside the sets that its runs are measured on: all counts, the first findings of each kind. */
export interface RunCheck {
  version: number;
  /** of the training set */
  examples: number;
  files: Omit<UsedFile, 'path'>[];
  /** findings of each kind, those that are not kept included */
  counts: Partial<Record<FindingKind, number>>;
  /** a place's `file` is a use */
  findings: Finding[];
}

const [FINDINGS_PER_KIND, PLACES] = [50, 10];

/** What a check depends on: the bytes of the files, their uses, and the rules. */
export function runCheckKey(files: readonly UsedFile[]): string {
  const read = checkedOnce(files).map(({ use, contentHash }) => ({ use, contentHash }));
  return hashJson({ version: CHECKER_VERSION, files: read });
}

/**
 * Checks a run's training set together with its evaluation sets.
 * @throws RanksweepError INVALID_INPUT naming a file that cannot be read
 */
export async function checkRunFiles(files: readonly UsedFile[]): Promise<RunCheck> {
  const read = checkedOnce(files);
  const checked: CheckedFile[] = read.map(({ use, path }) => ({
    path,
    name: use,
    isEvaluation: use !== 'train',
  }));
  const { examples, findings } = await checkData(checked);
  return {
    version: CHECKER_VERSION,
    examples,
    files: read.map(({ use, contentHash, canonicalHash }) => ({ use, contentHash, canonicalHash })),
    counts: countsOf(findings),
    findings: firstOfEachKind(findings),
  };
}

/** One file under two names among the evaluation sets is no repetition. */
function checkedOnce(files: readonly UsedFile[]): UsedFile[] {
  const seen = new Set<string>();
  return files.filter(({ use, contentHash }) => {
    const key = `${use === 'train'} ${contentHash}`;
    return seen.has(key) ? false : seen.add(key);
  });
}

function countsOf(findings: Finding[]): RunCheck['counts'] {
  const counts: RunCheck['counts'] = {};
  for (const { kind } of findings) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function firstOfEachKind(findings: Finding[]): Finding[] {
  return FINDING_KINDS.flatMap((kind) =>
    findings
      .filter((finding) => finding.kind === kind)
      .slice(0, FINDINGS_PER_KIND)
      .map((finding) => ({ ...finding, items: placesOf(finding) })),
  );
}

/** A leak's first places are of both sides, however often the example is in training. */
function placesOf({ kind, items }: Finding) {
  if (kind !== 'leakage' || items.length <= PLACES) return items.slice(0, PLACES);
  const isTraining = ({ file }: { file: string }) => file === 'train';
  const training = items.filter(isTraining).slice(0, PLACES / 2);
  return [...training, ...items.filter((item) => !isTraining(item)).slice(0, PLACES / 2)];
}

const MOST_SHOWN = 10;

/** What stops a run, or null: examples of its evaluation sets in its training set. */
export function leakageError(check: RunCheck, files: readonly UsedFile[]): RanksweepError | null {
  const leaks = check.findings.filter(({ kind }) => kind === 'leakage');
  if (leaks.length === 0) return null;
  const pathOf = (use: string) => files.find((file) => file.use === use)?.path ?? use;
  const problems = leaks.map(({ items, detail }): Problem => {
    const places = items.map(({ file, line }) => `${pathOf(file)}:${line}`).join(', ');
    return { field: 'data.train', message: `${places}: ${detail}` };
  });
  const count = check.counts.leakage ?? leaks.length;
  const shown = problems.slice(0, MOST_SHOWN).map(({ message }) => `  ${message}`);
  const more = count > shown.length ? [`  … and ${count - shown.length} more`] : [];
  const head = `data.train: found ${count} example${count === 1 ? '' : 's'} of the evaluation sets in training, expected none`;
  const advice = 'Take them out of one side, or set data.allowLeakage: true, which the record then says.';
  return new RanksweepError('INVALID_INPUT', [head, ...shown, ...more, advice].join('\n'), problems);
}
