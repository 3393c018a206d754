import type {
  CategoricalParameter,
  FloatParameter,
  IntParameter,
  NormalParameter,
  ParameterSpec,
} from './search-space.js';
import { quantise } from './search-space.js';
import { betaQuantile, normalQuantile } from './search-space-distributions.js';

/**
 * The value below which a share u of the parameter's distribution lies: feeding uniform numbers in [0, 1) draws from it.
 * Bounded kinds take any u in [0, 1]; normal is infinite at 0 and 1.
 */
export function quantileOf(parameter: ParameterSpec, u: number): unknown {
  switch (parameter.kind) {
    case 'constant':
      return parameter.value;
    case 'tied':
      return undefined;
    case 'categorical':
      return categoryAt(parameter, u);
    case 'int':
      return intAt(parameter, u);
    case 'float':
      return floatAt(parameter, u);
    case 'normal':
      return normalAt(parameter, u);
    case 'beta':
      return snapped(betaQuantile(u, parameter.a, parameter.b), parameter.quantum);
  }
}

function categoryAt({ values, probabilities }: CategoricalParameter, u: number): unknown {
  if (probabilities === undefined) return values[Math.min(values.length - 1, Math.floor(u * values.length))];
  let below = 0;
  const index = probabilities.findIndex((p) => {
    below += p;
    return p > 0 && u < below;
  });
  return values[index < 0 ? probabilities.findLastIndex((p) => p > 0) : index];
}

/** Every whole number is equally likely (W&B's int_uniform); on the log scale the logarithm is uniform and rounded. */
function intAt({ min, max, scale }: IntParameter, u: number): number {
  if (scale === 'log') return Math.min(max, Math.max(min, Math.round(logCells(min, max, u))));
  return Math.min(max, min + Math.floor(u * (max - min + 1)));
}

/** From half a step below min to half a step above max, so that the ends have whole cells. */
function logCells(min: number, max: number, u: number): number {
  return (min - 0.5) * ((max + 0.5) / (min - 0.5)) ** u;
}

function floatAt({ min, max, scale, quantum }: FloatParameter, u: number): number {
  const x = scale === 'log' ? min * Math.exp(u * (Math.log(max) - Math.log(min))) : min + u * (max - min);
  const inside = u >= 1 ? max : Math.min(max, Math.max(min, x));
  return quantum === undefined ? inside : quantise(inside, quantum, min, max);
}

function normalAt({ mean, deviation, scale, quantum }: NormalParameter, u: number): number {
  const z = mean + deviation * normalQuantile(u);
  return snapped(scale === 'log' ? Math.exp(z) : z, quantum);
}

function snapped(x: number, quantum: number | undefined): number {
  return quantum === undefined ? x : quantise(x, quantum);
}
