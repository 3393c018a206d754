import type { SweepProgressQuery } from '../../api-client/operations.generated.js';
import {
  DURATION_SECONDS,
  keepsAll,
  type Objective,
  type OutcomeConstraint,
  outcomesFromJson,
  TRAINABLE_PARAMETERS,
} from '../../core/outcome.js';
import type { SweepConfig } from '../../core/sweep-config.js';
import { formatChange, formatNumber, formatSeconds } from './number-format.js';
import { textTable } from './text-table.js';

export type SweepProgress = NonNullable<SweepProgressQuery['sweep']>;
export type TrialRow = SweepProgress['trials'][number];

const SHORT_NAMES: Record<string, string> = {
  'optimizer.learningRate': 'learning rate',
  'lora.rank': 'rank',
  'lora.dropout': 'dropout',
  'lora.alpha': 'alpha',
};

export function shortName(parameter: string): string {
  return SHORT_NAMES[parameter] ?? parameter;
}

interface Column {
  title: string;
  cell(trial: TrialRow): string;
  /** left out where no trial has it */
  isThere?(trial: TrialRow): boolean;
}

const metricsOf = (trial: TrialRow): Record<string, unknown> => trial.run?.summary?.metrics ?? {};
const factsOf = (trial: TrialRow): Record<string, unknown> => trial.run?.summary?.facts ?? {};

function metricColumn(title: string, name: string, format = formatNumber): Column {
  return {
    title,
    cell: (trial) => format(metricsOf(trial)[name]),
    isThere: (trial) => metricsOf(trial)[name] !== undefined,
  };
}

const AFTER_PARAMETERS: Column[] = [
  {
    title: 'trainable',
    cell: (trial) => formatNumber(factsOf(trial).trainableParameters),
    isThere: (trial) => typeof factsOf(trial).trainableParameters === 'number',
  },
  metricColumn('in-domain loss', 'in_domain/loss'),
  metricColumn('out-of-domain loss', 'out_of_domain/loss'),
  metricColumn('base change', 'base_capability/change', formatChange),
];
const LAST: Column[] = [
  { title: 'time', cell: (trial) => formatSeconds(secondsOf(trial)) },
  { title: 'state', cell: (trial) => trial.state },
];
const COVERED = [
  'in_domain/loss',
  'out_of_domain/loss',
  'base_capability/change',
  TRAINABLE_PARAMETERS,
  DURATION_SECONDS,
];

function secondsOf({ run }: TrialRow): number {
  if (!run?.endedAt) return 0;
  return (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
}

/** One row per trial; the recommended one is marked, or those of the Pareto front. */
export function trialTable(sweep: SweepProgress): string {
  const columns = columnsOf(sweep).filter(
    ({ isThere }) => isThere === undefined || sweep.trials.some(isThere),
  );
  const recommended = sweep.recommendation?.trialId;
  const front = new Set(sweep.paretoFront?.trials.map(({ number }) => number));
  const rows = sweep.trials.map((trial) => [
    `${trial.id === recommended || front.has(trial.number) ? '▶' : ' '} ${trial.number}`,
    ...columns.map(({ cell }) => cell(trial)),
  ]);
  return textTable(['  trial', ...columns.map(({ title }) => title)], rows);
}

function columnsOf(sweep: SweepProgress): Column[] {
  const parameters = [...new Set(sweep.trials.flatMap((trial) => Object.keys(trial.parameters)))];
  return [
    ...parameters.map((name) => ({
      title: shortName(name),
      cell: (trial: TrialRow) => formatNumber(trial.parameters[name]),
    })),
    ...AFTER_PARAMETERS,
    ...outcomeColumns(sweep),
    ...LAST,
  ];
}

/** Objectives and limits that no other column shows. */
function outcomeColumns({ metric, config }: SweepProgress): Column[] {
  const { metrics, outcomeConstraints = [] } = config as SweepConfig;
  const objectives = metrics ?? (metric ? [metric as Objective] : []);
  const names = [...new Set([...objectives, ...outcomeConstraints].map(({ name }) => name))];
  const columns = names
    .filter((name) => !COVERED.includes(name))
    .map((name) => ({
      title: name,
      cell: ({ outcomes, objective }: TrialRow) =>
        formatNumber(outcomes?.[name] ?? (name === objectives[0]?.name ? objective : null)),
    }));
  return outcomeConstraints.length === 0 ? columns : [...columns, limitColumn(outcomeConstraints)];
}

function limitColumn(constraints: readonly OutcomeConstraint[]): Column {
  return {
    title: 'limits',
    cell: ({ outcomes }) => {
      const isKept = keepsAll(constraints, outcomesFromJson(outcomes) ?? {});
      return isKept === null ? '–' : isKept ? 'kept' : 'broken';
    },
  };
}
