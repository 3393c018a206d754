import { EVALUATION_ROLES, type RunConfigInput } from './run-config.js';
import type { SweepMethod, SweepMetric } from './sweep-config.js';
import type { FieldReader } from './yaml-fields.js';
import { suggestion } from './yaml-suggestion.js';

const METRIC_KEYS = ['name', 'goal', 'target', 'impute', 'impute_while_running'];
const GOALS = ['minimize', 'maximize'] as const;
const IMPUTE = ['latest', 'best', 'worst'] as const;

/** null if the file names none, which grid and random allow */
export function readMetric(
  reader: FieldReader,
  file: Record<string, unknown>,
  method: SweepMethod,
): SweepMetric | null {
  if (file.metric === undefined) {
    const user = file.early_terminate === undefined ? `method ${method}` : 'early_terminate';
    if (method === 'bayes' || file.early_terminate !== undefined) {
      reader.report(['metric'], `missing: ${user} needs a metric with name and goal`);
    }
    return null;
  }
  const fields = reader.map(['metric'], file.metric, METRIC_KEYS);
  if (fields === undefined) return null;
  warnOfImputing(reader, fields);
  const name = reader.text(['metric', 'name'], fields.name);
  if (fields.name === undefined) reader.report(['metric', 'name'], 'missing, expected the name of a metric');
  const goal = reader.word(['metric', 'goal'], fields.goal, GOALS) ?? 'minimize';
  const target = reader.number(['metric', 'target'], fields.target);
  if (name === undefined) return null;
  return { name, goal, ...(target !== undefined && { target }) };
}

/** Ours: a diverged trial counts as the worst value seen, a running one as the model's own prediction. */
function warnOfImputing(reader: FieldReader, fields: Record<string, unknown>): void {
  const impute = reader.word(['metric', 'impute'], fields.impute, IMPUTE);
  if (impute !== undefined && impute !== 'worst') reader.warn(['metric', 'impute'], 'worst is used');
  const running = fields.impute_while_running;
  if (running === undefined || running === false) return;
  reader.word(['metric', 'impute_while_running'], running, IMPUTE);
  reader.warn(['metric', 'impute_while_running'], "the model's prediction is used for running trials");
}

const PER_STEP = [
  'train/loss',
  'train/learning_rate',
  'train/grad_norm',
  'train/tokens_per_second',
  'train/memory_bytes',
  'train/seconds_left',
];

/** The built-in trainer logs a closed set of metrics: a sweep for any other would wait for it forever. */
export function checkTrainerMetric(
  reader: FieldReader,
  run: RunConfigInput,
  { name }: SweepMetric,
  stopsEarly: boolean,
): void {
  const names = trainerMetrics(run);
  const path = ['metric', 'name'];
  if (!names.includes(name))
    reader.report(path, `the trainer will not log "${name}", ${suggestion(name, names)}`);
  else if (stopsEarly && EVALUATION_ROLES.some((role) => name.startsWith(role))) {
    reader.warn(['early_terminate'], `${name} is logged at the end only: no trial will be stopped by it`);
  }
}

/** Which metrics a run of this config logs; see the engine's names of series. */
function trainerMetrics(run: RunConfigInput): string[] {
  const evaluations = Array.isArray(run.evaluations) ? run.evaluations : [];
  const roles = EVALUATION_ROLES.filter((role) => evaluations.some((e) => e?.role === role));
  const perSet = evaluations.map((evaluation) => `${evaluation?.role}/${evaluation?.name}/loss`);
  const validation = run.data?.validation ? ['validation/loss'] : [];
  const change = roles.includes('base_capability') ? ['base_capability/change'] : [];
  return [...PER_STEP, ...validation, ...roles.map((role) => `${role}/loss`), ...perSet, ...change];
}
