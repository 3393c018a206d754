import { constraintText } from '../../core/outcome.js';
import type { SweepConfig } from '../../core/sweep-config.js';
import { formatNumber } from './number-format.js';
import { textTable } from './text-table.js';
import type { SweepProgress } from './trial-table.js';

type Front = NonNullable<SweepProgress['paretoFront']>;

/** The result of a sweep with several objectives: its front, best first in the first objective, and how the rest is to be read. */
export function frontReport(sweep: SweepProgress, front: Front): string {
  const { metrics = [], outcomeConstraints = [] } = sweep.config as SweepConfig;
  const names = [...metrics, ...outcomeConstraints].map(({ name }) => name);
  const byNumber = new Map(sweep.trials.map((trial) => [trial.number, trial]));
  const rows = front.trials.map(({ number }) => {
    const { outcomes, run } = byNumber.get(number)!;
    const values = (outcomes ?? {}) as Record<string, unknown>;
    return [String(number), ...names.map((name) => formatNumber(values[name])), run?.id ?? '–'];
  });
  const results = front.feasible.length + front.infeasible.length;
  if (rows.length === 0) return `${noFront(results, sweep)}${limitLine(front, sweep)}`;
  return [
    `Pareto front: ${rows.length} of ${results} finished trials are beaten by no other in ${goalsText(sweep)}`,
    textTable(['trial', ...names, 'run'], rows),
    volumeLine(front, sweep) + limitLine(front, sweep),
  ].join('\n');
}

function noFront(results: number, sweep: SweepProgress): string {
  const { outcomeConstraints = [] } = sweep.config as SweepConfig;
  if (results === 0 || outcomeConstraints.length === 0)
    return 'There is no Pareto front: no trial has finished with a value of every objective.';
  return `There is no Pareto front: none of the ${results} finished trials keeps every limit.`;
}

function goalsText({ config }: SweepProgress): string {
  const { metrics = [] } = config as SweepConfig;
  return metrics.map(({ name, goal }) => `${name} (${goal})`).join(' and ');
}

function volumeLine({ hypervolume, referencePoint, isReferenceFixed }: Front, sweep: SweepProgress): string {
  if (hypervolume === null || referencePoint === null) return 'hypervolume: no reference point yet';
  const { metrics = [] } = sweep.config as SweepConfig;
  const at = metrics.map(({ name }) => `${name} ${formatNumber(referencePoint[name])}`).join(', ');
  const moving = isReferenceFixed ? '' : ' (not fixed yet)';
  return `hypervolume ${formatNumber(hypervolume)} from the reference point ${at}${moving}`;
}

function limitLine({ infeasible }: Front, sweep: SweepProgress): string {
  const { outcomeConstraints = [] } = sweep.config as SweepConfig;
  if (outcomeConstraints.length === 0) return '';
  const limits = outcomeConstraints.map(constraintText).join(' and ');
  const broken = infeasible.length === 0 ? 'all keep it' : `broken by trial ${infeasible.join(', ')}`;
  return `\nlimits: ${limits}, ${broken}`;
}
