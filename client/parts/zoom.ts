import { setParameters } from '../router.js';

/** The steps that charts show, from the address: `steps=10~40`; undefined: all. */
export function stepsOf(parameters: URLSearchParams): [number, number] | undefined {
  const [first, last] = (parameters.get('steps') ?? '').split('~').map(Number);
  const isRange = first !== undefined && last !== undefined && last > first;
  return isRange ? [first, last] : undefined;
}

export function zoomSteps(steps: [number, number] | null): void {
  setParameters({ steps: steps ? steps.map((step) => Number(step.toPrecision(5))).join('~') : null });
}
