/**
 * The Matérn-5/2 kernel with a relevance per dimension (Rasmussen & Williams 2006, eq. 4.17 and 5.1).
 *
 * x  a point: positions in [0, 1], or the index of a category      θ_d = 1/ℓ_d²  relevances
 * Δ_d² = (x_d − x'_d)², or 1[x_d ≠ x'_d] where the dimension has no order (one-hot columns with a shared length scale are the same thing)
 * r² = Σ_d θ_d Δ_d²        M(r) = (1 + √5 r + 5r²/3) e^{−√5 r}        dM/d(r²) = −5/6 (1 + √5 r) e^{−√5 r}
 */
export type DimensionKind = 'ordered' | 'unordered';

const SQRT5 = Math.sqrt(5);

export function squaredDifference(kind: DimensionKind, a: number, b: number): number {
  return kind === 'ordered' ? (a - b) * (a - b) : a === b ? 0 : 1;
}

/** M of r² */
export function matern52(r2: number): number {
  const t = SQRT5 * Math.sqrt(r2);
  return (1 + t + (5 / 3) * r2) * Math.exp(-t);
}

/** dM/d(r²), finite at 0 */
export function matern52Slope(r2: number): number {
  const t = SQRT5 * Math.sqrt(r2);
  return (-5 / 6) * (1 + t) * Math.exp(-t);
}

/** Row-major n×d points with what their columns mean. */
export interface Points {
  X: Float64Array;
  n: number;
  kinds: readonly DimensionKind[];
}

/** r² between point i of P and x */
export function distance2(P: Points, i: number, x: Float64Array, theta: Float64Array): number {
  const d = P.kinds.length;
  let r2 = 0;
  for (let k = 0; k < d; k++) r2 += theta[k]! * squaredDifference(P.kinds[k]!, P.X[i * d + k]!, x[k]!);
  return r2;
}

/** The n×n matrix of r²; symmetric, both triangles filled. */
export function distances2(P: Points, theta: Float64Array): Float64Array {
  const { n } = P;
  const R = new Float64Array(n * n);
  for (let i = 1; i < n; i++) {
    const x = pointAt(P, i);
    for (let j = 0; j < i; j++) {
      const r2 = distance2(P, j, x, theta);
      R[i * n + j] = r2;
      R[j * n + i] = r2;
    }
  }
  return R;
}

export function pointAt(P: Points, i: number): Float64Array {
  const d = P.kinds.length;
  return P.X.subarray(i * d, (i + 1) * d);
}
