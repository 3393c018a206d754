import { constraintText } from '../../core/outcome.js';
import type { SweepConfig } from '../../core/sweep-config.js';
import { formatNumber } from './number-format.js';

/** What a sweep with several objectives, or limits on outcomes, is after; nothing for any other. */
export function objectiveLines({ metrics, outcomeConstraints }: SweepConfig): string[] {
  return [
    ...(metrics === undefined
      ? []
      : [`objectives: ${metrics.map(({ name, goal }) => `${goal} ${name}`).join(', ')}`]),
    ...(metrics === undefined ? [] : [`reference point: ${referenceText(metrics)}`]),
    ...(outcomeConstraints === undefined
      ? []
      : [`limits: ${outcomeConstraints.map(constraintText).join(', ')}`]),
  ];
}

function referenceText(metrics: NonNullable<SweepConfig['metrics']>): string {
  const given = metrics.filter(({ reference }) => reference !== undefined);
  const known = given.map(({ name, reference }) => `${name} ${formatNumber(reference)}`).join(', ');
  if (given.length === metrics.length) return known;
  const rule = 'fixed when the first trials have ended, a tenth beyond the worst of them';
  return given.length === 0 ? rule : `${known}; the others ${rule}`;
}
