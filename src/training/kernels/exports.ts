/** The functions of assembly/kernels.ts. Pointers and steps are bytes of the backend's own memory. */
export interface KernelExports {
  matmul(
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    transposeA: boolean,
    b: number,
    ldb: number,
    transposeB: boolean,
    c: number,
    ldc: number,
    add: boolean,
    scratch: number,
  ): void;
  matmulScratchBytes(): number;
  dequantizeInt8(
    count: number,
    columns: number,
    wide: number,
    row: number,
    column: number,
    codes: number,
    absmax: number,
    step: number,
    target: number,
    targetStep: number,
  ): void;
  dequantizeNf4(
    count: number,
    columns: number,
    wide: number,
    row: number,
    column: number,
    codes: number,
    absmaxCodes: number,
    absmaxScales: number,
    offset: number,
    tables: number,
    target: number,
    targetStep: number,
  ): void;
  copyRows(
    rows: number,
    bytes: number,
    source: number,
    sourceStep: number,
    target: number,
    targetStep: number,
  ): void;
  rmsNorm(
    rows: number,
    d: number,
    x: number,
    weight: number,
    epsilon: number,
    y: number,
    inverse: number,
  ): void;
  rmsNormGrad(
    rows: number,
    d: number,
    dy: number,
    x: number,
    weight: number,
    inverse: number,
    dx: number,
  ): void;
  rmsNormWeightGrad(rows: number, d: number, dy: number, x: number, inverse: number, dWeight: number): void;
  swiglu(n: number, gate: number, up: number, y: number): void;
  swigluGrad(n: number, dy: number, gate: number, up: number, dGate: number, dUp: number): void;
  rotary(
    rows: number,
    length: number,
    heads: number,
    half: number,
    x: number,
    cosines: number,
    sines: number,
    sign: number,
    y: number,
  ): void;
  attentionScratchBytes(length: number, d: number, width: number): number;
  attentionWidth(batch: number, length: number, starts: number): number;
  attention(
    batch: number,
    length: number,
    heads: number,
    groups: number,
    d: number,
    width: number,
    q: number,
    k: number,
    v: number,
    starts: number,
    p: number,
    out: number,
    scratch: number,
  ): void;
  attentionGrad(
    batch: number,
    length: number,
    heads: number,
    groups: number,
    d: number,
    width: number,
    dOut: number,
    q: number,
    k: number,
    v: number,
    starts: number,
    p: number,
    dq: number,
    dk: number,
    dv: number,
    scratch: number,
  ): void;
  dropout(
    n: number,
    x: number,
    key0: number,
    key1: number,
    threshold: number,
    factor: number,
    y: number,
  ): void;
  crossEntropy(
    rows: number,
    v: number,
    logits: number,
    targets: number,
    weights: number,
    losses: number,
    gradient: number,
  ): void;
  scale(x: number, n: number, factor: number): void;
  segmentSum(rows: number, width: number, segments: number, x: number, ids: number, out: number): void;
}
