import { changeOf, scoreOf } from '../format/evaluations.js';
import { recordOf, summaryFact } from '../format/json.js';
import type { Table } from '../parts/figure-menu.js';
import {
  limitedNames,
  objectiveOf,
  objectivesOf,
  objectiveValue,
  outcomeValue,
  type SweepDetails,
  shortNames,
  type TrialDetails,
} from './sweep-data.js';
import { whyText } from './why-text.js';

export interface TrialColumn {
  key: string;
  title: string;
  over?: string;
  kind: 'metric' | 'setting';
  read(trial: TrialDetails): unknown;
}

export interface TrialSort {
  key: string;
  isDescending: boolean;
}

/** From the address: `trials=-objective`; by number where nothing is said. */
export function trialSortOf(parameters: URLSearchParams): TrialSort {
  const sort = parameters.get('trials') ?? 'number';
  return { key: sort.replace(/^-/, ''), isDescending: sort.startsWith('-') };
}

export const numberOf = (value: unknown) => (typeof value === 'number' ? value : undefined);

/** Objective first, then the parameters, then the other scores. */
export function trialColumnsOf(sweep: SweepDetails): TrialColumn[] {
  const names = [...new Set(sweep.trials.flatMap(({ parameters }) => Object.keys(recordOf(parameters))))];
  const titles = shortNames(names);
  const objective = objectiveOf(sweep).name;
  const score = (role: string, over: string): TrialColumn => ({
    ...{ key: `${role}/loss`, title: 'loss', over, kind: 'metric' },
    read: ({ run }) => scoreOf(run, role),
  });
  return [
    { key: 'objective', title: objective, over: 'objective', kind: 'metric', read: objectiveValue },
    ...outcomeColumns(sweep),
    ...names.map(
      (name): TrialColumn => ({
        ...{ key: name, title: titles.get(name)!, kind: 'setting' },
        read: (trial) => recordOf(trial.parameters)[name],
      }),
    ),
    ...(objective === 'in_domain/loss' ? [] : [score('in_domain', 'in-domain')]),
    score('out_of_domain', 'out-of-domain'),
    {
      ...{ key: 'base_capability/change', title: 'change', over: 'base capability', kind: 'metric' },
      read: ({ run }) => changeOf(run, 'base_capability'),
    },
    {
      ...{ key: 'trainable', title: 'parameters', over: 'trainable', kind: 'setting' },
      read: ({ run }) => summaryFact(run?.summary, 'trainableParameters'),
    },
  ];
}

/** The other objectives, and what is limited. */
function outcomeColumns(sweep: SweepDetails): TrialColumn[] {
  const others = objectivesOf(sweep).slice(1);
  const column = (name: string, over: string): TrialColumn => ({
    ...{ key: `outcomes/${name}`, title: name, over, kind: 'metric' },
    read: (trial) => outcomeValue(trial, name),
  });
  const limits = limitedNames(sweep).filter((name) => !others.some((other) => other.name === name));
  return [
    ...others.map(({ name }) => column(name, 'objective')),
    ...limits.map((name) => column(name, 'limited')),
  ];
}

export function trialsTableOf(trials: TrialDetails[], columns: TrialColumn[]): Table {
  const names = columns.map(({ key }) => key);
  const rows = trials.map((trial) => [
    ...[trial.number, trial.run?.id, trial.state],
    ...columns.map(({ read }) => read(trial)),
    whyText(trial),
  ]);
  return { columns: ['trial', 'run', 'state', ...names, 'why'], rows };
}

/** Missing values and NaN stay at the end whichever way the order goes. */
export function sortTrials(
  trials: TrialDetails[],
  column: TrialColumn | undefined,
  { isDescending }: TrialSort,
): TrialDetails[] {
  const read = column ? column.read : (trial: TrialDetails) => trial.number;
  const sign = isDescending ? -1 : 1;
  const isMissing = (value: unknown) => value === undefined || value === null || Number.isNaN(value);
  return [...trials].sort((a, b) => {
    const [x, y] = [read(a), read(b)];
    if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y));
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y));
  });
}
