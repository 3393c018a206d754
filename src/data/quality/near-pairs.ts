import { BANDS } from './minhash.js';
import type { RecordTable } from './record-table.js';

const { floor } = Math;

/** Neighbours that a record is compared with in each band; fewer where hundreds share a band, as records of one template do. */
const [WINDOW, LARGE, LARGE_WINDOW] = [8, 32, 3];
const ID_SPACE = 2 ** 21;

/**
 * Pairs of records that share a band of their MinHash signatures (locality-sensitive hashing), each pair perhaps more than once. In a band,
 * records lie in the order of the next band's hash, so that the most alike are neighbours; in large groups a pair must share four bands.
 */
export function* nearPairs(table: RecordTable): Generator<[number, number]> {
  for (let band = 0; band < BANDS; band++) {
    const order = byBand(table, band);
    for (let start = 0; start < order.length; ) {
      let end = start + 1;
      while (end < order.length && table.bandOf(order[end]!, band) === table.bandOf(order[start]!, band))
        end++;
      if (end - start > 1) yield* pairsOf(order.subarray(start, end), table, band);
      start = end;
    }
  }
}

function* pairsOf(group: Uint32Array, table: RecordTable, band: number): Generator<[number, number]> {
  const isLarge = group.length > LARGE;
  const window = isLarge ? LARGE_WINDOW : WINDOW;
  if (group.length > window) sortByOtherBands(group, table, band);
  for (let i = 0; i < group.length; i++) {
    for (let j = i + 1; j < Math.min(group.length, i + 1 + window); j++) {
      if (!isLarge || table.sharedBands(group[i]!, group[j]!) > 3) yield [group[i]!, group[j]!];
    }
  }
}

/** IDs in the order of a band's hash. Both are packed into one number, so that a typed array sorts them without a callback. */
function byBand(table: RecordTable, band: number): Uint32Array {
  const packed = new Float64Array(table.size);
  let count = 0;
  const space = Math.max(ID_SPACE, 2 ** Math.ceil(Math.log2(table.size + 1)));
  const keep = space / ID_SPACE;
  for (let id = 0; id < table.size; id++) {
    if (table.hasBands(id)) packed[count++] = floor(table.bandOf(id, band) / keep) * space + id;
  }
  return Uint32Array.from(packed.subarray(0, count).sort(), (value) => value % space);
}

function sortByOtherBands(group: Uint32Array, table: RecordTable, band: number): void {
  const [next, after] = [(band + 1) % BANDS, (band + 2) % BANDS];
  group.sort(
    (a, b) =>
      table.bandOf(a, next) - table.bandOf(b, next) || table.bandOf(a, after) - table.bandOf(b, after),
  );
}
