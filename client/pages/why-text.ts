import { metricFromJson } from '../../src/core/metric-value.js';
import { type JsonRecord, recordOf } from '../format/json.js';
import { formatNumber, formatSetting } from '../format/number.js';
import type { TrialDetails } from './sweep-data.js';

/** The sampler's reason in a sentence, and the reason why the run was stopped or failed. */
export function whyText({ why, run }: TrialDetails): string {
  return [reasonOf(recordOf(why)), run?.stopReason ?? run?.error].filter(Boolean).join(' · ');
}

function reasonOf(why: JsonRecord): string {
  switch (why.kind) {
    case 'random':
      return 'drawn at random';
    case 'grid':
      return `point ${Number(why.index) + 1} of a grid of ${why.size}`;
    case 'initial':
      return initialText(why);
    case 'rank':
      return `trial ${why.of} with rank ${why.rank} instead of ${why.from}, nothing else changed`;
    case 'replicate':
      return `trial ${why.of} again with another seed: ${why.rule}`;
    case 'exploit':
    case 'explore':
      return modelText(why);
    default:
      return factsText(why);
  }
}

function initialText({ rule, index, of }: JsonRecord): string {
  if (rule === 'asked') return `point ${Number(index) + 1} of try_first`;
  const place = `start ${Number(index) + 1} of ${of}`;
  return rule === 'default'
    ? `${place}: the recipe's own values`
    : `${place}: spread evenly over the space (Sobol)`;
}

function modelText(why: JsonRecord): string {
  if (why.rule !== undefined) return frontText(why);
  const predicted = recordOf(why.predicted);
  const [mean, deviation] = [metricFromJson(predicted.mean), metricFromJson(predicted.sd)];
  const forecast = mean === undefined ? '' : `, predicted ${formatNumber(mean)} ± ${formatNumber(deviation)}`;
  const gain = metricFromJson(why.expectedImprovement);
  const hope = gain === undefined ? '' : `, expected gain ${formatNumber(gain, 2)}`;
  const chance = metricFromJson(why.chanceToSurvive);
  const risk = chance === undefined ? '' : `, ${formatNumber(100 * chance, 2)} % likely not to diverge`;
  return `${why.kind}${forecast}${hope}${risk}${limitText(why)}, from ${Number(why.observed)} trials`;
}

/** With several objectives: what is predicted of each, and what the front would gain. */
function frontText(why: JsonRecord): string {
  const predicted = Object.entries(recordOf(why.outcomes)).map(([name, one]) => {
    const { low, high } = recordOf(one);
    return `${name} ${formatNumber(Number(low), 2)} to ${formatNumber(Number(high), 2)}`;
  });
  const gain = metricFromJson(why.expectedHypervolumeGain);
  const hope =
    gain === undefined ? `, by ${String(why.rule)}` : `, expected hypervolume gain ${formatNumber(gain, 2)}`;
  return `${why.kind}, predicted ${predicted.join(', ')}${hope}${limitText(why)}, from ${Number(why.observed)} trials`;
}

function limitText({ chanceFeasible }: JsonRecord): string {
  const chance = metricFromJson(chanceFeasible);
  return chance === undefined ? '' : `, ${formatNumber(100 * chance, 2)} % likely to keep every limit`;
}

/** Reasons of samplers that this page does not know: their facts as they are. */
function factsText(why: JsonRecord): string {
  return Object.entries(why)
    .filter(([, value]) => typeof value !== 'object' || value === null)
    .map(
      ([key, value]) =>
        `${wordsOf(key)} ${typeof value === 'number' ? formatNumber(value) : formatSetting(value)}`,
    )
    .join(', ');
}

/** `expectedImprovement` → `expected improvement`. */
const wordsOf = (key: string) => key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
