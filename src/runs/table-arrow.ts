import {
  Bool,
  type Data,
  type DataType,
  Dictionary,
  Field,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { ColumnValues, TableBatch, TableColumn, TableStream } from './table-batch.js';

interface ArrowColumn {
  field: Field;
  data: (values: ColumnValues, rows: number) => Data;
}

/** A writer whose bytes can be had batch by batch: Arrow's own would queue them all, however slow the reader is. */
class BatchWriter extends RecordBatchStreamWriter {
  private queued = 0;

  protected override _write(chunk: ArrayBufferView) {
    const before = this._position;
    super._write(chunk);
    if (this._position > before) this.queued++;
    return this;
  }

  /** Writes the mark that the stream is complete: a reader knows a cut one. */
  end(): void {
    this._writeFooter(this._schema!);
  }

  /** What was written since the last time. */
  async take(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (; this.queued > 0; this.queued--) pieces.push((await this._sink.next()).value as Uint8Array);
    return Buffer.concat(pieces);
  }
}

/** A table as an Arrow IPC stream, a piece for each batch: what pyarrow.ipc.open_stream and polars.read_ipc_stream read. */
export async function* arrowBytes({ columns, batches }: TableStream): AsyncIterable<Uint8Array> {
  const arrow = columns.map(arrowColumn);
  const schema = new Schema(arrow.map(({ field }) => field));
  const writer = new BatchWriter();
  writer.reset(undefined, schema);
  yield await writer.take();
  for await (const batch of batches) {
    if (batch.rows > 0) writer.write(recordBatch(schema, arrow, batch));
    yield await writer.take();
  }
  writer.end();
  yield await writer.take();
}

function recordBatch(schema: Schema, arrow: ArrowColumn[], { rows, columns }: TableBatch): RecordBatch {
  const children = arrow.map(({ data }, i) => data(columns[i]!, rows));
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children }));
}

function arrowColumn(column: TableColumn, id: number): ArrowColumn {
  if (column.type === 'word') return wordColumn(column, id);
  const type = column.type === 'number' ? new Float64() : column.type === 'boolean' ? new Bool() : new Utf8();
  const data = (values: ColumnValues, length: number) =>
    values instanceof Float64Array
      ? makeData({ type: new Float64(), length, nullCount: 0, data: values })
      : built(values as unknown[], type, length);
  return { field: new Field(column.name, type, true), data };
}

function built(values: unknown[], type: DataType, length: number): Data {
  if (length === 0) return makeData({ type: type as Float64, length: 0, nullCount: 0 });
  return vectorFromArray(values as never[], type).data[0]!;
}

function wordColumn({ name, words = [] }: TableColumn, id: number): ArrowColumn {
  const type = new Dictionary(new Utf8(), new Int32(), id);
  const dictionary = vectorFromArray(words, new Utf8());
  const data = (values: ColumnValues, length: number) =>
    makeData({ type, length, nullCount: 0, data: Int32Array.from(values as Int32Array), dictionary });
  return { field: new Field(name, type, false), data };
}
