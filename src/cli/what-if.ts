import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ApiClient } from '../api-client/api-client.js';
import { SweepCurvesDocument, type SweepCurvesQuery } from '../api-client/operations.generated.js';
import { type EarlyTerminate, readEarlyTerminate } from '../core/early-terminate.js';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import { keepsAll, type Objective, outcomesFromJson } from '../core/outcome.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { FieldReader } from '../core/yaml-fields.js';
import { readYaml, refuse } from '../core/yaml-source.js';
import { type JudgedMetric, judgedMetrics } from '../search/pruners/judge-metrics.js';
import { trainerProgress } from '../search/pruners/pruner.js';
import { type TimedCurve, type TimedTrial, type WhatIf, whatIfSeveral } from '../search/pruners/what-if.js';
import { clientOf, printJson, type ServerOptions } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { formatNumber } from './terminal/number-format.js';
import { textTable } from './terminal/text-table.js';

type Sweep = NonNullable<SweepCurvesQuery['sweep']>;
const MOST_POINTS = 100_000;

/** Replays another stopping rule over the curves of a sweep, and prints what it would have saved and lost. */
export async function whatIfReport(id: string, ruleText: string, options: ServerOptions): Promise<ExitCode> {
  const rule = await ruleOf(ruleText);
  const sweep = await fetchCurves(clientOf(options), id, rule);
  const objectives = objectivesOf(sweep);
  const goals = objectives.map(({ goal }) => goal);
  const configs = new Map(sweep.trials.map(({ number, run }) => [number, run?.config]));
  const isTrainer = sweep.config.run !== null;
  const progressOf = (trial: number) => trainerProgress(isTrainer ? configs.get(trial) : {});
  const judged = judgedMetrics(rule, objectives);
  const trials = trialsOf(sweep, judged, objectives);
  const result = whatIfSeveral(trials, rule, judged, goals, progressOf);
  if (options.json) printJson({ sweep: sweep.id, rule, ...result });
  else process.stdout.write(`${report(sweep, result)}\n`);
  return EXIT.ok;
}

/** @throws RanksweepError INVALID_INPUT with every problem */
async function ruleOf(text: string): Promise<EarlyTerminate> {
  const [yaml, source] = existsSync(text) ? [await readFile(text, 'utf8'), text] : [text, '--what-if'];
  const read = readYaml(yaml, source);
  const reader = new FieldReader(read);
  const file = read.value as Record<string, unknown> | null;
  const rule = readEarlyTerminate(
    reader,
    file?.early_terminate ?? file,
    file?.early_terminate ? undefined : [],
  );
  return rule === null || reader.problems.length > 0 ? refuse(source, reader.problems) : rule;
}

async function fetchCurves(client: ApiClient, id: string, rule: EarlyTerminate): Promise<Sweep> {
  const named = (await client.request(SweepCurvesDocument, { id, names: [], maxPoints: 1 })).sweep;
  if (!named) throw new RanksweepError('NOT_FOUND', `There is no sweep ${id}`);
  if (!named.metric)
    throw new RanksweepError('INVALID_INPUT', `${named.id} names no metric: there is nothing to judge`);
  const names = judgedMetrics(rule, objectivesOf(named)).map(({ name }) => name);
  return (await client.request(SweepCurvesDocument, { id: named.id, names, maxPoints: MOST_POINTS })).sweep!;
}

function objectivesOf({ metric, config }: Sweep): Objective[] {
  return (config as SweepConfig).metrics ?? [metric as Objective];
}

/** Trials with a curve of every metric that is judged; only what keeps the limits is a result. */
function trialsOf(sweep: Sweep, judged: JudgedMetric[], objectives: Objective[]): TimedTrial[] {
  const { outcomeConstraints = [] } = sweep.config as SweepConfig;
  return sweep.trials.flatMap((trial): TimedTrial[] => {
    const curves = judged.flatMap(({ name }) => curveOf(trial, name) ?? []);
    if (curves.length < judged.length) return [];
    const isFinished = trial.run!.state === 'finished';
    const result = objectives.map(({ name }) => metricFromJson(trial.outcomes?.[name] ?? trial.objective));
    const isKept = keepsAll(outcomeConstraints, outcomesFromJson(trial.outcomes) ?? {}) === true;
    const isWhole = isFinished && isKept && result.every((value) => value !== undefined);
    return [{ trial: trial.number, curves, result: isWhole ? (result as number[]) : undefined }];
  });
}

function curveOf({ number, run }: Sweep['trials'][number], name: string): TimedCurve | undefined {
  const series = run?.series.find((one) => one.name === name);
  if (series === undefined) return undefined;
  const values = series.values.map((value) => metricFromJson(value)!);
  const { steps, times } = series;
  return { trial: number, steps, times, values, isFinished: run!.state === 'finished' };
}

function report(sweep: Sweep, result: WhatIf): string {
  const { trials, steps, saved } = result;
  if (trials.length === 0) return `${sweep.id}: no trial has logged what the rule judges`;
  const widest = Math.max(...trials.map(({ decision }) => decision?.why.length ?? 0));
  const rows = trials.map(({ trial, decision, steps: all }) => [
    String(trial),
    decision === null ? `all ${all}` : `${decision.step} of ${all}`,
    decision?.why ?? '',
  ]);
  const share = steps === 0 ? 0 : (100 * saved) / steps;
  const stopped = trials.filter(({ decision }) => decision !== null).length;
  return [
    textTable(['trial', 'steps', 'would have been stopped because'.padEnd(widest)], rows),
    `stopped: ${stopped} of ${trials.length} trials, saved: ${saved} of ${steps} steps (${share.toFixed(0)} %)`,
    ...lossLines(result),
  ].join('\n');
}

function lossLines({ best, bestKept, front, lost }: WhatIf): string[] {
  if (front !== null) {
    const line = `Pareto front: trial ${front.join(', ') || '–'}`;
    return [line, lost.length === 0 ? 'nothing of it was lost' : `lost of it: trial ${lost.join(', ')}`];
  }
  return [
    `best: ${formatNumber(best)}, best that would have been kept: ${formatNumber(bestKept)}`,
    lost.length === 0
      ? 'nothing better was lost'
      : `lost: trial ${lost.join(', ')}, better than any that was kept`,
  ];
}
