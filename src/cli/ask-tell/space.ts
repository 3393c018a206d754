import { RanksweepError } from '../../core/errors.js';
import { levelsOf, type ParameterSpec, type SearchSpace } from '../../core/search-space.js';
import type { ProtocolParameter } from './messages.js';

/** @throws RanksweepError INVALID_INPUT if a name comes twice */
export function spaceOf(parameters: readonly ProtocolParameter[]): SearchSpace {
  const names = parameters.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RanksweepError('INVALID_INPUT', `space: ${twice} is there twice`);
  return parameters.map(specOf);
}

function specOf(parameter: ProtocolParameter): ParameterSpec {
  const { name } = parameter;
  switch (parameter.type) {
    case 'float':
    case 'int':
      return { kind: parameter.type, name, min: parameter.low, max: parameter.high, scale: parameter.scale };
    case 'ordinal':
    case 'categorical':
      return { kind: 'categorical', name, values: parameter.values, ordered: parameter.type === 'ordinal' };
  }
}

/** Floats get a `count`, the same for each, the least with which the grid has as many points as there are trials. */
export function withGridCounts(space: SearchSpace, budget: number): SearchSpace {
  const endless = space.filter((parameter) => levelsOf(parameter) === null);
  const finite = space
    .filter((parameter) => !endless.includes(parameter))
    .reduce((product, parameter) => product * levelsOf(parameter)!.length, 1);
  const count = Math.max(2, Math.ceil((budget / finite) ** (1 / endless.length) - 1e-9));
  return space.map((parameter) => (endless.includes(parameter) ? { ...parameter, count } : parameter));
}
