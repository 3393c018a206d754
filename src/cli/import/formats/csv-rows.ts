/** One row: its values by the head's names. `line` is where it begins, from 1. */
export interface CsvRow {
  line: number;
  values: Record<string, string | undefined>;
  count: number;
  isUneven: boolean;
}

/** RFC 4180, with any line end and with or without a byte order mark. */
export function readCsv(text: string): { names: string[]; rows: CsvRow[] } {
  const [head, ...records] = [...recordsOf(text.replace(/^\ufeff/, ''))];
  const names = (head?.cells ?? []).map((name) => name.trim());
  const rows = records
    .filter(({ cells }) => cells.length > 1 || cells[0] !== '')
    .map(({ line, cells }) => ({
      line,
      values: Object.fromEntries(names.map((name, i) => [name, cells[i]])),
      count: cells.length,
      isUneven: cells.length !== names.length,
    }));
  return { names, rows };
}

const CELL = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\n|\r|$)/y;

function* recordsOf(text: string): Generator<{ line: number; cells: string[] }> {
  let [line, started, cells] = [1, 1, [] as string[]];
  CELL.lastIndex = 0;
  while (CELL.lastIndex < text.length || cells.length > 0) {
    const [, cell, end] = CELL.exec(text) ?? ['', '', '\n'];
    cells.push(cell!.startsWith('"') ? cell!.slice(1, -1).replaceAll('""', '"') : cell!);
    line += cell!.split('\n').length - 1;
    if (end === ',') continue;
    yield { line: started, cells };
    if (end === '') return;
    line++;
    [started, cells] = [line, []];
  }
}
