import { levelsOf, type ParameterSpec } from './search-space.js';
import type { PlacedParameter } from './sweep-config-parameters.js';
import type { FieldReader } from './yaml-fields.js';
import { show } from './yaml-value.js';

/** A sweep that starts at a small rank and raises it only while that is better than noise. */
export interface RankBudget {
  /** name of the rank among the parameters */
  parameter: string;
  /** the ranks that may be tried, rising */
  ladder: number[];
  /** configurations that are tried at each rank before it is judged */
  trials: number;
  /** runs of a configuration, with different seeds, that a comparison of two ranks rests on */
  seeds: number;
}

const RANK = 'lora.rank';
const KEYS = ['start', 'grow', 'max', 'trials', 'seeds'];
const GROW = ['while better'] as const;
const DEFAULTS = { start: 2, max: 64, trials: 4, seeds: 3 };

/** The sweep file's `rank:`. A space without a parameter for the rank gets one: `placed` grows by it. */
export function readRankBudget(
  reader: FieldReader,
  value: unknown,
  placed: PlacedParameter[],
): RankBudget | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = reader.map(['rank'], value, KEYS);
  if (fields === undefined) return undefined;
  if (fields.grow !== undefined) reader.word(['rank', 'grow'], fields.grow, GROW);
  const numbers = {
    start: reader.int(['rank', 'start'], fields.start, 1) ?? DEFAULTS.start,
    max: reader.int(['rank', 'max'], fields.max, 1) ?? null,
  };
  const ladder = ladderOf(reader, placed, numbers);
  const trials = reader.int(['rank', 'trials'], fields.trials, 1) ?? DEFAULTS.trials;
  const seeds = reader.int(['rank', 'seeds'], fields.seeds, 2) ?? DEFAULTS.seeds;
  return ladder && { parameter: rankAmong(placed)?.name ?? RANK, ladder, trials, seeds };
}

function rankAmong(placed: readonly PlacedParameter[]): PlacedParameter | undefined {
  return placed.find(({ name }) => name === RANK) ?? placed.find(({ name }) => /(^|\.)rank$/.test(name));
}

interface Limits {
  start: number;
  max: number | null;
}

function ladderOf(
  reader: FieldReader,
  placed: PlacedParameter[],
  { start, max }: Limits,
): number[] | undefined {
  const given = rankAmong(placed);
  if (given?.parameter !== undefined) return ladderAmong(reader, given, { start, max });
  if (given !== undefined) return undefined;
  const last = max ?? DEFAULTS.max;
  const ladder: number[] = [];
  for (let rank = start; rank <= last; rank *= 2) ladder.push(rank);
  if (ladder.length < 2) {
    return reader.report(
      ['rank', 'max'],
      `found ${last}, expected at least twice the start (${2 * start}): there would be nothing to grow to`,
    );
  }
  const parameter: ParameterSpec = { kind: 'categorical', name: RANK, values: ladder };
  placed.push({ name: RANK, path: ['rank'], parameter });
  return ladder;
}

/** Where the parameters have the rank already, its values are the ladder. */
function ladderAmong(
  reader: FieldReader,
  { parameter, path }: PlacedParameter,
  { start, max }: Limits,
): number[] | undefined {
  const levels = parameter!.kind === 'constant' ? null : levelsOf(parameter!, 1000);
  const numbers = levels?.every((level) => typeof level === 'number') ? (levels as number[]) : null;
  const ladder = (numbers ?? [])
    .filter((rank) => rank >= start && rank <= (max ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => a - b);
  if (ladder.length >= 2) return ladder;
  const found = numbers === null ? 'no list of numbers' : show(numbers);
  return reader.report(
    path,
    `found ${found}, and \`rank\` grows from ${start}: expected two or more values from there, such as [${start}, ${2 * start}, ${4 * start}], or leave the parameter out`,
  );
}
