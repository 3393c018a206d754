// Copies rows of bytes between strided places: the body of Slice, Split and Unpack.

/** Copies `rows` times `bytes` bytes; source and target advance by their steps (bytes) after each row. */
export function copyRows(
  rows: i32,
  bytes: usize,
  source: usize,
  sourceStep: usize,
  target: usize,
  targetStep: usize,
): void {
  for (let i = 0; i < rows; ++i) {
    memory.copy(target, source, bytes);
    source += sourceStep;
    target += targetStep;
  }
}
