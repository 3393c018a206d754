import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ApiClient } from '../api-client/api-client.js';
import { SweepCurvesDocument, type SweepCurvesQuery } from '../api-client/operations.generated.js';
import { type EarlyTerminate, readEarlyTerminate } from '../core/early-terminate.js';
import { RanksweepError } from '../core/errors.js';
import { type Goal, metricFromJson } from '../core/metric-value.js';
import { FieldReader } from '../core/yaml-fields.js';
import { readYaml, refuse } from '../core/yaml-source.js';
import { trainerProgress } from '../search/pruners/pruner.js';
import { type TimedCurve, type WhatIf, whatIf } from '../search/pruners/what-if.js';
import { clientOf, printJson, type ServerOptions } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { formatNumber } from './terminal/number-format.js';
import { textTable } from './terminal/text-table.js';

type Sweep = NonNullable<SweepCurvesQuery['sweep']>;
const MOST_POINTS = 100_000;

/** Replays another stopping rule over the curves of a sweep, and prints what it would have saved and lost. */
export async function whatIfReport(id: string, ruleText: string, options: ServerOptions): Promise<ExitCode> {
  const rule = await ruleOf(ruleText);
  const sweep = await fetchCurves(clientOf(options), id);
  const goal: Goal = sweep.metric.goal;
  const configs = new Map(sweep.trials.map(({ number, run }) => [number, run?.config]));
  const isTrainer = sweep.config.run !== null;
  const progressOf = (trial: number) => trainerProgress(isTrainer ? configs.get(trial) : {});
  const result = whatIf(curvesOf(sweep), rule, goal, progressOf);
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

async function fetchCurves(client: ApiClient, id: string): Promise<Sweep> {
  const named = (await client.request(SweepCurvesDocument, { id, names: [], maxPoints: 1 })).sweep;
  if (!named) throw new RanksweepError('NOT_FOUND', `There is no sweep ${id}`);
  if (!named.metric)
    throw new RanksweepError('INVALID_INPUT', `${named.id} names no metric: there is nothing to judge`);
  const names = [named.metric.name as string];
  return (await client.request(SweepCurvesDocument, { id: named.id, names, maxPoints: MOST_POINTS })).sweep!;
}

function curvesOf(sweep: Sweep): TimedCurve[] {
  return sweep.trials.flatMap(({ number, run }) => {
    const [series] = run?.series ?? [];
    if (!series) return [];
    const values = series.values.map((value) => metricFromJson(value)!);
    const { steps, times } = series;
    return [{ trial: number, steps, times, values, isFinished: run!.state === 'finished' }];
  });
}

function report(sweep: Sweep, { trials, steps, saved, best, bestKept, lost }: WhatIf): string {
  if (trials.length === 0) return `${sweep.id}: no trial has logged ${sweep.metric.name}`;
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
    `best: ${formatNumber(best)}, best that would have been kept: ${formatNumber(bestKept)}`,
    lost.length === 0
      ? 'nothing better was lost'
      : `lost: trial ${lost.join(', ')}, better than any that was kept`,
  ].join('\n');
}
