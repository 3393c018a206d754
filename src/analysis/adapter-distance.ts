import type { WeightEvidence } from './reproduction-verdict.js';

export interface Matrix {
  shape: readonly number[];
  values: ArrayLike<number>;
}

type Tensors = ReadonlyMap<string, Matrix>;

const LORA = /^(.*)\.lora_(A|B)(\.[^.]+)?\.weight$/;

/**
 * How far two adapters of one shape are apart, module by module: of LoRA pairs ‖B₁A₁ − B₂A₂‖ / max(‖B₁A₁‖, ‖B₂A₂‖) (Frobenius), which does not see how a
 * product is split between its factors; of other tensors likewise. `relative` is the same of all modules together. `isIdentical`
 * compares the factors themselves.
 */
export function adapterDistance(first: Tensors, second: Tensors): WeightEvidence {
  const names = [...new Set([...first.keys(), ...second.keys()])].sort();
  const odd = names.find((name) => !sameShape(first.get(name), second.get(name)));
  if (odd !== undefined) return { why: `${odd} is not in both with one shape` };
  if (names.length === 0) return { why: 'there are no weights' };
  const modules = new Map<string, { difference: number; size: number }>();
  for (const name of names) addModule(modules, name, first, second);
  const ratios = [...modules].map(([name, { difference, size }]) => [name, ratio(difference, size)] as const);
  const largest = ratios.reduce((most, one) => (one[1] > most[1] ? one : most));
  const sum = (of: 'difference' | 'size') => [...modules.values()].reduce((total, one) => total + one[of], 0);
  return {
    relative: ratio(sum('difference'), sum('size')),
    largestModule: largest[0],
    modules: Object.fromEntries(ratios),
    isIdentical: names.every((name) => sameValues(first.get(name)!, second.get(name)!)),
  };
}

function addModule(
  modules: Map<string, { difference: number; size: number }>,
  name: string,
  first: Tensors,
  second: Tensors,
): void {
  const [, module, side, adapter = ''] = LORA.exec(name) ?? [];
  const partner = side === 'A' ? 'B' : 'A';
  const other = `${module}.lora_${partner}${adapter}.weight`;
  const isPair = module !== undefined && first.has(other) && first.get(name)!.shape.length === 2;
  if (!isPair) modules.set(name, tensorDistance(first.get(name)!, second.get(name)!));
  else if (side === 'A')
    modules.set(module, productDistance(pair(first, name, other), pair(second, name, other)));
}

const pair = (tensors: Tensors, a: string, b: string) => ({ a: tensors.get(a)!, b: tensors.get(b)! });

/** Squares: √(difference / size), and 0 of nothing. */
const ratio = (difference: number, size: number) =>
  difference === 0 ? 0 : Math.sqrt(Math.max(0, difference) / size);

/**
 * B₁A₁ − B₂A₂ = B₁(A₁ − A₂) + (B₁ − B₂)A₂: a product of a matrix with 2r columns and one with 2r rows, whose squared norm is
 * Σ (PᵀP) ∘ (QQᵀ). Each term is as small as the difference, so that nothing cancels. A is r×in, B is out×r.
 */
function productDistance(first: { a: Matrix; b: Matrix }, second: { a: Matrix; b: Matrix }) {
  const rank = first.a.shape[0]!;
  const left = [...columns(first.b, rank), ...columns(minus(first.b, second.b), rank)];
  const right = [...rows(minus(first.a, second.a), rank), ...rows(second.a, rank)];
  return {
    difference: productSquare(left, right),
    size: Math.max(squareOf(first), squareOf(second)),
  };
}

const squareOf = ({ a, b }: { a: Matrix; b: Matrix }) =>
  productSquare(columns(b, a.shape[0]!), rows(a, a.shape[0]!));

function productSquare(left: Float64Array[], right: Float64Array[]): number {
  let sum = 0;
  for (let i = 0; i < left.length; i++) {
    for (let j = 0; j < left.length; j++) sum += dot(left[i]!, left[j]!) * dot(right[i]!, right[j]!);
  }
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function rows({ values }: Matrix, count: number): Float64Array[] {
  const width = values.length / count;
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length: width }, (_, j) => values[i * width + j]!),
  );
}

function columns({ values }: Matrix, count: number): Float64Array[] {
  const height = values.length / count;
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length: height }, (_, j) => values[j * count + i]!),
  );
}

function minus(a: Matrix, b: Matrix): Matrix {
  return { shape: a.shape, values: Float64Array.from(a.values, (value, i) => value - b.values[i]!) };
}

function tensorDistance(a: Matrix, b: Matrix): { difference: number; size: number } {
  let [difference, sizeOfA, sizeOfB] = [0, 0, 0];
  for (let i = 0; i < a.values.length; i++) {
    difference += (a.values[i]! - b.values[i]!) ** 2;
    sizeOfA += a.values[i]! ** 2;
    sizeOfB += b.values[i]! ** 2;
  }
  return { difference, size: Math.max(sizeOfA, sizeOfB) };
}

function sameShape(a: Matrix | undefined, b: Matrix | undefined): boolean {
  return a !== undefined && b !== undefined && a.shape.join() === b.shape.join();
}

function sameValues(a: Matrix, b: Matrix): boolean {
  for (let i = 0; i < a.values.length; i++) if (!Object.is(a.values[i], b.values[i])) return false;
  return true;
}
