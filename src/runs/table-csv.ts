import { metricToJson } from '../core/metric-value.js';
import type { ColumnValues, TableColumn, TableStream } from './table-batch.js';

/** A table as CSV (RFC 4180): no value is an empty field, an empty text is "", and NaN and the infinities are written out. */
export async function* csvBytes({ columns, batches }: TableStream): AsyncIterable<Uint8Array> {
  yield Buffer.from(`${columns.map(({ name }) => quoted(name)).join(',')}\r\n`);
  for await (const { rows, columns: values } of batches) {
    const cells = columns.map((column, i) => cellOf(column, values[i]!));
    let text = '';
    for (let row = 0; row < rows; row++) text += `${cells.map((cell) => cell(row)).join(',')}\r\n`;
    yield Buffer.from(text);
  }
}

function cellOf({ type, words = [] }: TableColumn, values: ColumnValues): (row: number) => string {
  if (type === 'word') {
    const cells = words.map(quoted);
    return (row) => cells[values[row] as number]!;
  }
  return (row) => {
    const value = values[row]!;
    if (value === null) return '';
    return typeof value === 'number' ? String(metricToJson(value)) : quoted(String(value));
  };
}

function quoted(text: string): string {
  return text !== '' && !/[",\r\n]/.test(text) ? text : `"${text.replaceAll('"', '""')}"`;
}
