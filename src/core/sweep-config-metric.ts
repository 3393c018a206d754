import { nameOfScore, type ScoreConfig } from './evaluation-set.js';
import { type Objective, RECORD_OUTCOMES } from './outcome.js';
import { EVALUATION_ROLES, type RunConfigInput } from './run-config.js';
import type { SweepMethod } from './sweep-config.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';

const METRIC_KEYS = ['name', 'goal', 'target', 'impute', 'impute_while_running'];
const GOALS = ['minimize', 'maximize'] as const;
const IMPUTE = ['latest', 'best', 'worst'] as const;

/** `metric`, or `metrics` for several; none if the file names none, which grid and random allow. */
export function readObjectives(
  reader: FieldReader,
  file: Record<string, unknown>,
  method: SweepMethod,
): Objective[] {
  if (file.metric !== undefined && file.metrics !== undefined)
    reader.report(['metrics'], 'give either metric or metrics (several objectives), not both', 'key');
  if (file.metrics !== undefined) return readSeveral(reader, file.metrics);
  if (file.metric !== undefined) return readObjective(reader, ['metric'], file.metric, METRIC_KEYS);
  const user = file.early_terminate === undefined ? `method ${method}` : 'early_terminate';
  if (method === 'bayes' || file.early_terminate !== undefined)
    reader.report(['metric'], `missing: ${user} needs a metric with name and goal`);
  return [];
}

function readSeveral(reader: FieldReader, value: unknown): Objective[] {
  const list = reader.list(['metrics'], value) ?? [];
  const keys = list.length > 1 ? [...METRIC_KEYS, 'reference'] : METRIC_KEYS;
  const objectives = list.flatMap((item, i) => readObjective(reader, ['metrics', i], item, keys));
  for (const [i, { name }] of objectives.entries()) {
    if (objectives.findIndex((other) => other.name === name) < i)
      reader.report(['metrics', i, 'name'], `"${name}" is there twice`);
  }
  return objectives;
}

function readObjective(
  reader: FieldReader,
  path: Path,
  value: unknown,
  keys: readonly string[],
): Objective[] {
  const fields = reader.map(path, value, keys);
  if (fields === undefined) return [];
  warnOfImputing(reader, path, fields);
  const name = reader.text([...path, 'name'], fields.name);
  if (fields.name === undefined) reader.report([...path, 'name'], 'missing, expected the name of a metric');
  const goal = reader.word([...path, 'goal'], fields.goal, GOALS) ?? 'minimize';
  const target = reader.number([...path, 'target'], fields.target);
  const reference = reader.number([...path, 'reference'], fields.reference);
  if (name === undefined) return [];
  return [
    { name, goal, ...(target !== undefined && { target }), ...(reference !== undefined && { reference }) },
  ];
}

/** Ours: a diverged trial counts as the worst value seen, a running one as the model's own prediction. */
function warnOfImputing(reader: FieldReader, path: Path, fields: Record<string, unknown>): void {
  const impute = reader.word([...path, 'impute'], fields.impute, IMPUTE);
  if (impute !== undefined && impute !== 'worst') reader.warn([...path, 'impute'], 'worst is used');
  const running = fields.impute_while_running;
  if (running === undefined || running === false) return;
  reader.word([...path, 'impute_while_running'], running, IMPUTE);
  reader.warn([...path, 'impute_while_running'], "the model's prediction is used for running trials");
}

const PER_STEP = [
  'train/loss',
  'train/learning_rate',
  'train/grad_norm',
  'train/tokens',
  'train/examples',
  'train/tokens_per_second',
  'train/memory_bytes',
  'train/seconds_left',
];

/** The built-in trainer logs a closed set of metrics: a sweep for any other would wait for it forever. */
export function checkTrainerMetric(
  reader: FieldReader,
  run: RunConfigInput,
  path: Path,
  { name }: Objective,
): void {
  const names = [...trainerMetrics(run), ...RECORD_OUTCOMES];
  if (!names.includes(name))
    reader.report([...path, 'name'], `the trainer will not log "${name}", ${suggestion(name, names)}`);
}

/** A rule that must wait for the end stops nothing. */
export function warnOfEndOnly(
  reader: FieldReader,
  run: RunConfigInput | undefined,
  judged: readonly { name: string }[],
): void {
  for (const { name } of judged) {
    const isScore = run !== undefined && EVALUATION_ROLES.some((role) => name.startsWith(role));
    if (isScore || RECORD_OUTCOMES.includes(name))
      reader.warn(['early_terminate'], `${name} is logged at the end only: no trial will be stopped by it`);
  }
}

/** Which metrics a run of this config logs; see the engine's names of series. */
export function trainerMetrics(run: RunConfigInput): string[] {
  const evaluations = Array.isArray(run.evaluations) ? run.evaluations : [];
  const roles = EVALUATION_ROLES.filter((role) => evaluations.some((e) => e?.role === role));
  const perSet = evaluations.flatMap((set) => setMetrics(set));
  const validation = run.data?.validation ? ['validation/loss'] : [];
  const change = roles.includes('base_capability') ? ['base_capability/change'] : [];
  return [...PER_STEP, ...validation, ...roles.map((role) => `${role}/loss`), ...new Set(perSet), ...change];
}

/** Of a set by itself and with its role; what is scored during training too. */
function setMetrics(set: NonNullable<RunConfigInput['evaluations']>[number] | undefined): string[] {
  const own = (Array.isArray(set?.scores) ? set.scores : []).filter(isNamed).map(nameOfScore);
  const scores = ['loss', ...own.filter((name) => name !== 'loss' && name !== 'bits_per_byte')];
  const during = set?.during === undefined ? [] : scores.map((score) => `validation/${set.name}/${score}`);
  const ofRole = scores.filter((score) => score !== 'loss').map((score) => `${set?.role}/${score}`);
  return [...scores.map((score) => `${set?.role}/${set?.name}/${score}`), ...ofRole, ...during];
}

/** The config may be wrong still: it is read for what it says. */
const isNamed = (score: ScoreConfig | null) =>
  typeof (typeof score === 'string' ? score : score?.name) === 'string';
