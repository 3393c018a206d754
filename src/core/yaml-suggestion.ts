/** The allowed word nearest to a misspelt one, or undefined if none is near: at most a third of its letters may differ. */
export function nearestWord(word: string, allowed: readonly string[]): string | undefined {
  const folded = fold(word);
  let best: { word: string; distance: number } | undefined;
  for (const candidate of allowed) {
    const distance = editDistance(folded, fold(candidate));
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  if (best !== undefined && best.distance <= Math.max(1, Math.floor(best.word.length / 3))) return best.word;
  return allowed.find((candidate) => isBeginning(folded, fold(candidate)));
}

/** `did you mean "lora.rank"?`, or a list of what is allowed when nothing is near. */
export function suggestion(word: string, allowed: readonly string[]): string {
  const near = nearestWord(word, allowed);
  return near === undefined ? `allowed: ${allowed.join(', ')}` : `did you mean "${near}"?`;
}

/** `bayesian` for `bayes`, `max` for `maximize` */
function isBeginning(a: string, b: string): boolean {
  return Math.min(a.length, b.length) >= 3 && (a.startsWith(b) || b.startsWith(a));
}

/** learning_rate, learning-rate and learningRate are the same mistake. */
function fold(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, '');
}

/** Damerau-Levenshtein distance with adjacent swaps (optimal string alignment), on at most the first 80 characters. */
export function editDistance(a: string, b: string): number {
  const [s, t] = [a.slice(0, 80), b.slice(0, 80)];
  const rows: number[][] = [Array.from({ length: t.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= s.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= t.length; j++) rows[i]!.push(cell(rows, s, t, i, j));
  }
  return rows[s.length]![t.length]!;
}

function cell(rows: number[][], s: string, t: string, i: number, j: number): number {
  const change = rows[i - 1]![j - 1]! + (s[i - 1] === t[j - 1] ? 0 : 1);
  const least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, change);
  const swapped = i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1];
  return swapped ? Math.min(least, rows[i - 2]![j - 2]! + 1) : least;
}
