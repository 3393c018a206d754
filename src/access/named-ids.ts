/**
 * The IDs at a path through what was asked: keys joined by dots, `*` for every item of a list, `=X` at the end for what stands for none.
 * A list gives all of its texts, and text in a list that is not text is left to who reads it.
 */
export function idsAt(asked: unknown, path: string): string[] {
  const [keys, standard] = path.split('=') as [string, string?];
  const found = valuesAt([asked], keys.split('.')).flat();
  const ids = found.filter(
    (one): one is string | number => typeof one === 'string' || typeof one === 'number',
  );
  return ids.length === 0 && standard !== undefined ? [standard] : ids.map(String);
}

function valuesAt(values: unknown[], keys: string[]): unknown[] {
  const [key, ...rest] = keys;
  if (key === undefined) return values;
  const below = values.flatMap((value) => {
    if (key === '*') return Array.isArray(value) ? value : [];
    if (typeof value !== 'object' || value === null) return [];
    return [(value as Record<string, unknown>)[key]];
  });
  return valuesAt(below, rest);
}
