import { type Expression, evaluateExpression, isTrue, namesIn, parseExpression } from './expression.js';
import type { ParameterSpec, Parameters, SearchSpace } from './search-space.js';

/**
 * What ties the parameters of a space together: `when` (a parameter is there only if its formula is true), tied parameters (calculated from
 * others) and constraints (formulas that every point fulfils). A name in a formula is a parameter's whole name or, where only one
 * parameter ends so, its last part: `rank` for `lora.rank`.
 */
export function isStructured(space: SearchSpace, constraints: readonly string[] = []): boolean {
  return constraints.length > 0 || space.some((p) => p.kind === 'tied' || p.when !== undefined);
}

/**
 * The point that values for the free parameters make: those whose `when` is false are left out, the tied ones calculated. Names come in the space's order.
 */
export function completePoint(space: SearchSpace, free: Parameters): Parameters {
  const known = new Map<string, unknown>();
  const lookUp = (parameter: ParameterSpec): unknown => {
    if (known.has(parameter.name)) return known.get(parameter.name);
    known.set(parameter.name, undefined);
    const isThere = parameter.when === undefined || isTrue(evaluate(parameter.when));
    if (isThere) known.set(parameter.name, valueIfThere(parameter));
    return known.get(parameter.name);
  };
  const valueIfThere = (parameter: ParameterSpec) =>
    parameter.kind === 'tied' ? evaluate(parameter.expression) : free[parameter.name];
  const evaluate = (text: string) =>
    evaluateExpression(compiled(text), (name) => {
      const meant = parameterMeant(space, name);
      return typeof meant === 'object' ? lookUp(meant) : undefined;
    });
  const entries = space.map((parameter) => [parameter.name, lookUp(parameter)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Whether a complete point fulfils every constraint; one about a parameter that is not there does not bind. */
export function isAllowed(space: SearchSpace, constraints: readonly string[], point: Parameters): boolean {
  return constraints.every((text) => {
    const expression = compiled(text);
    const lookUp = (name: string) => {
      const meant = parameterMeant(space, name);
      return typeof meant === 'object' ? point[meant.name] : undefined;
    };
    if (namesIn(expression).some((name) => lookUp(name) === undefined)) return true;
    return isTrue(evaluateExpression(expression, lookUp));
  });
}

/** The parameter that a name means; 'none' or 'several' where it means no single one. */
export function parameterMeant<T extends { name: string }>(
  parameters: readonly T[],
  name: string,
): T | 'none' | 'several' {
  const exact = parameters.find((parameter) => parameter.name === name);
  if (exact !== undefined) return exact;
  const endings = parameters.filter((parameter) => parameter.name.endsWith(`.${name}`));
  return endings.length > 1 ? 'several' : (endings[0] ?? 'none');
}

/** Every suggestion evaluates the same few formulas thousands of times. */
const PARSED = new Map<string, Expression>();
const MOST_PARSED = 1000;

function compiled(text: string): Expression {
  const known = PARSED.get(text);
  if (known !== undefined) return known;
  if (PARSED.size >= MOST_PARSED) PARSED.clear();
  const expression = parseExpression(text);
  PARSED.set(text, expression);
  return expression;
}
