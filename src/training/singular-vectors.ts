import { RandomStream } from '../core/random.js';

// The largest singular values of a matrix by Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation (Golub & Van Loan,
// Matrix Computations, 4th edition, 10.4), and one-sided Jacobi rotations on the small bidiagonal matrix (8.6.3). All in float64, from
// a fixed start: the same bits each time.
// M  m×n matrix with m ≥ n (the other way round it is read transposed)   V  orthonormal n-vectors   U  orthonormal m-vectors
// M·V = U·B with B upper bidiagonal: a on the diagonal, b above it

export interface SingularTriples {
  /** descending */
  values: number[];
  /** of the output side, one [rows] each */
  left: Float64Array[];
  /** of the input side, one [columns] each */
  right: Float64Array[];
}

/** Of the largest singular value: what a singular value may be off. */
const TOLERANCE = 1e-10;
/** From one look at the small matrix to the next, its size grows by this factor. */
const GROWTH = 1.4;

/** @param matrix [rows,columns]   @param count at most the smaller side is returned */
export function largestSingularTriples(
  matrix: Float32Array,
  [rows, columns]: [number, number],
  count: number,
): SingularTriples {
  const isTall = rows >= columns;
  const basis = new Bidiagonal(matrix, rows, columns, isTall);
  const wanted = Math.min(count, basis.narrow);
  let size = Math.min(basis.narrow, wanted + 8);
  for (;;) {
    basis.growTo(size);
    const triples = basis.triples(wanted);
    if (triples) return isTall ? triples : { ...triples, left: triples.right, right: triples.left };
    size = Math.min(basis.narrow, Math.ceil(size * GROWTH));
  }
}

class Bidiagonal {
  readonly narrow: number;
  private readonly wide: number;
  private readonly a: number[] = [];
  private readonly b: number[] = [];
  private readonly u: Float64Array[] = [];
  private readonly v: Float64Array[] = [];
  private readonly random = new RandomStream(0, 'singular vectors');

  constructor(
    private readonly matrix: Float32Array,
    private readonly rows: number,
    private readonly columns: number,
    private readonly isTall: boolean,
  ) {
    [this.wide, this.narrow] = isTall ? [rows, columns] : [columns, rows];
    this.v.push(this.freshVector(this.narrow, []));
  }

  growTo(size: number): void {
    while (this.a.length < size) this.grow();
  }

  /** One column more. A length of nothing means that an invariant space is full: a fresh direction goes on from there. */
  private grow(): void {
    const last = this.v.at(-1)!;
    const u = this.isTall ? this.timesRows(last) : this.timesColumns(last);
    const length = normalise(u, this.u);
    this.a.push(length);
    this.u.push(length > 0 ? u : this.freshVector(this.wide, this.u));
    const v = this.isTall ? this.timesColumns(this.u.at(-1)!) : this.timesRows(this.u.at(-1)!);
    const rest = this.v.length < this.narrow ? normalise(v, this.v) : 0;
    this.b.push(rest);
    if (this.v.length < this.narrow) this.v.push(rest > 0 ? v : this.freshVector(this.narrow, this.v));
  }

  /** The first `wanted` triples, or null if one of them has not converged. */
  triples(wanted: number): SingularTriples | null {
    const size = this.a.length;
    const { left, values, right } = jacobi(this.a, this.b);
    const rest = this.b[size - 1]!;
    const isDone = left
      .slice(0, wanted)
      .every((p) => rest * Math.abs(p[size - 1]!) <= TOLERANCE * values[0]!);
    if (!isDone && size < this.narrow) return null;
    const combine = (basis: Float64Array[]) => (weights: Float64Array) => combination(basis, weights);
    return {
      values: values.slice(0, wanted),
      left: left.slice(0, wanted).map(combine(this.u)),
      right: right.slice(0, wanted).map(combine(this.v)),
    };
  }

  /** matrix · x */
  private timesRows(x: Float64Array): Float64Array {
    const { matrix, rows, columns } = this;
    const y = new Float64Array(rows);
    for (let row = 0, at = 0; row < rows; row++) {
      let sum = 0;
      for (let column = 0; column < columns; column++) sum += matrix[at++]! * x[column]!;
      y[row] = sum;
    }
    return y;
  }

  /** matrixᵀ · x */
  private timesColumns(x: Float64Array): Float64Array {
    const { matrix, rows, columns } = this;
    const y = new Float64Array(columns);
    for (let row = 0, at = 0; row < rows; row++) {
      const factor = x[row]!;
      for (let column = 0; column < columns; column++) y[column]! += matrix[at++]! * factor;
    }
    return y;
  }

  private freshVector(length: number, basis: Float64Array[]): Float64Array {
    const x = Float64Array.from({ length }, () => this.random.next() - 0.5);
    normalise(x, basis);
    return x;
  }
}

/**
 * Takes the directions of an orthonormal basis out of x, twice because of rounding, and gives it length 1.
 * @returns its length before; 0, with x as it is, if nothing was left
 */
function normalise(x: Float64Array, basis: Float64Array[]): number {
  const before = norm(x);
  for (let pass = 0; pass < 2; pass++) {
    for (const direction of basis) addScaled(x, direction, -dot(x, direction));
  }
  const length = norm(x);
  if (length <= 1e-13 * before || length === 0) return 0;
  for (let i = 0; i < x.length; i++) x[i]! /= length;
  return length;
}

/** Singular triples of the upper bidiagonal matrix, by rotating its columns until they are orthogonal; largest first. */
function jacobi(a: number[], b: number[]) {
  const size = a.length;
  const columns = a.map((value, j) => {
    const column = new Float64Array(size);
    column[j] = value;
    if (j > 0) column[j - 1] = b[j - 1]!;
    return column;
  });
  const right = a.map((_, j) => Float64Array.from({ length: size }, (_, i) => (i === j ? 1 : 0)));
  const squares = Float64Array.from(columns, (column) => dot(column, column));
  let isTurning = true;
  for (let sweep = 0; isTurning && sweep < 60; sweep++) {
    isTurning = false;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) isTurning = rotate({ columns, right, squares }, p, q) || isTurning;
    }
  }
  const order = columns.map(norm).map((value, i) => ({ value, i }));
  order.sort((one, other) => other.value - one.value);
  return {
    values: order.map(({ value }) => value),
    left: order.map(({ value, i }) => columns[i]!.map((x) => (value > 0 ? x / value : 0))),
    right: order.map(({ i }) => right[i]!),
  };
}

interface Rotated {
  columns: Float64Array[];
  right: Float64Array[];
  /** of the columns' lengths: a rotation changes them by what it needs to know anyway */
  squares: Float64Array;
}

/** Makes two columns orthogonal. @returns whether there was anything to do */
function rotate({ columns, right, squares }: Rotated, p: number, q: number): boolean {
  const [x, y] = [columns[p]!, columns[q]!];
  const [xx, yy, xy] = [squares[p]!, squares[q]!, dot(x, y)];
  if (Math.abs(xy) <= 1e-15 * Math.sqrt(xx * yy) || xy === 0) return false;
  const tau = (yy - xx) / (2 * xy);
  const t = Math.sign(tau || 1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  turn(x, y, c, c * t);
  turn(right[p]!, right[q]!, c, c * t);
  squares[p] = Math.max(0, xx - t * xy);
  squares[q] = yy + t * xy;
  return true;
}

function turn(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let i = 0; i < x.length; i++) {
    const [first, second] = [x[i]!, y[i]!];
    x[i] = c * first - s * second;
    y[i] = s * first + c * second;
  }
}

function combination(basis: Float64Array[], weights: Float64Array): Float64Array {
  const sum = new Float64Array(basis[0]!.length);
  for (const [i, weight] of weights.entries()) addScaled(sum, basis[i]!, weight);
  return sum;
}

function addScaled(x: Float64Array, y: Float64Array, factor: number): void {
  for (let i = 0; i < x.length; i++) x[i]! += factor * y[i]!;
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i]! * y[i]!;
  return sum;
}

const norm = (x: Float64Array) => Math.sqrt(dot(x, x));
