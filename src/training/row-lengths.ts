/** The Euclidean length of each row of a matrix, summed in float64. */
export function rowLengths(values: Float32Array, [rows, columns]: [number, number]): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += values[i]! * values[i]!;
    return Math.sqrt(sum);
  });
}
