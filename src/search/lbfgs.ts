import { dot } from './linear-algebra.js';

/**
 * Limited-memory BFGS within a box, by gradient projection: the two-loop recursion (Nocedal & Wright 2006, alg. 7.4) on the coordinates that
 * are free to move, and backtracking along the projected path until the Armijo condition holds. It never leaves the box and never worsens.
 *
 * x  n coordinates        g  gradient        s, y  changes of x and g of the last steps
 */
export interface BoxProblem {
  lower: Float64Array;
  upper: Float64Array;
  /** the value and its gradient; a value that is not finite is a wall */
  evaluate(x: Float64Array): { value: number; gradient: Float64Array };
}

export interface BoxMinimum {
  x: Float64Array;
  value: number;
  evaluations: number;
}

export interface BoxOptions {
  maxIterations?: number;
  /** ends when no free coordinate's gradient is larger */
  tolerance?: number;
  memory?: number;
}

interface Step {
  s: Float64Array;
  y: Float64Array;
  rho: number;
}

const ARMIJO = 1e-4;
const MAX_HALVINGS = 25;

export function minimiseInBox(
  problem: BoxProblem,
  start: Float64Array,
  options: BoxOptions = {},
): BoxMinimum {
  const { maxIterations = 60, tolerance = 1e-5, memory = 8 } = options;
  let x = project(problem, start);
  let { value, gradient } = problem.evaluate(x);
  let evaluations = 1;
  const steps: Step[] = [];
  for (let i = 0; i < maxIterations && Number.isFinite(value); i++) {
    const free = freeCoordinates(problem, x, gradient);
    if (!free.some((isFree, k) => isFree && Math.abs(gradient[k]!) > tolerance)) break;
    const found = searchAlong(
      problem,
      x,
      value,
      gradient,
      descent(gradient, free, steps),
      steps.length === 0,
    );
    evaluations += found.evaluations;
    if (found.next === undefined) {
      if (steps.length === 0) break;
      steps.length = 0;
      continue;
    }
    remember(steps, memory, x, gradient, found.next);
    const drop = value - found.next.value;
    ({ x, value, gradient } = found.next);
    if (drop <= 1e-12 * (1 + Math.abs(value))) break;
  }
  return { x, value, evaluations };
}

interface Iterate {
  x: Float64Array;
  value: number;
  gradient: Float64Array;
}

function project({ lower, upper }: BoxProblem, x: Float64Array): Float64Array {
  return x.map((v, k) => Math.min(upper[k]!, Math.max(lower[k]!, v)));
}

/** A coordinate on its bound is held there while the gradient pushes it outwards. */
function freeCoordinates({ lower, upper }: BoxProblem, x: Float64Array, gradient: Float64Array): boolean[] {
  return Array.from(
    x,
    (v, k) => !(v <= lower[k]! && gradient[k]! > 0) && !(v >= upper[k]! && gradient[k]! < 0),
  );
}

/** −H·g by the two-loop recursion, with the held coordinates left out. */
function descent(gradient: Float64Array, free: boolean[], steps: Step[]): Float64Array {
  const q = gradient.map((g, k) => (free[k] ? g : 0));
  const alphas = new Array<number>(steps.length);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { s, y, rho } = steps[i]!;
    alphas[i] = rho * dot(s, q);
    addScaled(q, y, -alphas[i]!);
  }
  const last = steps.at(-1);
  if (last !== undefined) scale(q, 1 / (last.rho * dot(last.y, last.y)));
  for (const [i, { s, y, rho }] of steps.entries()) addScaled(q, s, alphas[i]! - rho * dot(y, q));
  const direction = q.map((v, k) => (free[k] ? -v : 0));
  return dot(direction, gradient) < 0 ? direction : gradient.map((g, k) => (free[k] ? -g : 0));
}

function addScaled(target: Float64Array, v: Float64Array, factor: number): void {
  for (let k = 0; k < target.length; k++) target[k]! += factor * v[k]!;
}

function scale(target: Float64Array, factor: number): void {
  for (let k = 0; k < target.length; k++) target[k]! *= factor;
}

function searchAlong(
  problem: BoxProblem,
  x: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  isFirst: boolean,
): { next?: Iterate; evaluations: number } {
  let t = isFirst ? Math.min(1, 0.2 / Math.sqrt(dot(direction, direction))) : 1;
  for (let i = 0; i < MAX_HALVINGS; i++, t /= 2) {
    const next = project(
      problem,
      x.map((v, k) => v + t * direction[k]!),
    );
    const change = dot(
      gradient,
      next.map((v, k) => v - x[k]!),
    );
    const there = problem.evaluate(next);
    if (Number.isFinite(there.value) && there.value < value && there.value <= value + ARMIJO * change) {
      return { next: { x: next, ...there }, evaluations: i + 1 };
    }
  }
  return { evaluations: MAX_HALVINGS };
}

/** Keeps the pair if the curvature along it is positive, as the recursion needs. */
function remember(
  steps: Step[],
  memory: number,
  x: Float64Array,
  gradient: Float64Array,
  next: Iterate,
): void {
  const s = next.x.map((v, k) => v - x[k]!);
  const y = next.gradient.map((v, k) => v - gradient[k]!);
  const curvature = dot(s, y);
  if (curvature <= 1e-12 * Math.sqrt(dot(s, s) * dot(y, y))) return;
  steps.push({ s, y, rho: 1 / curvature });
  if (steps.length > memory) steps.shift();
}
