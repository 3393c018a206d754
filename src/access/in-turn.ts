/** Calls for one item after the other: a transaction has one connection, and that takes one statement at a time. */
export async function inTurn<T, R>(
  items: readonly T[],
  call: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) results.push(await call(item, index));
  return results;
}
