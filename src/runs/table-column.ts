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
  Schema,
  Struct,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow';

/** A column of a bulk answer: numbers, texts, truths, or values of several types as JSON text. */
export interface TableColumn {
  name: string;
  type: 'number' | 'text' | 'boolean' | 'json';
}

/** One column's values in a batch: a Float64Array is taken as it is; null is no value, NaN is a value. */
export type ColumnValues =
  | Float64Array
  | readonly (number | string | boolean | null)[]
  | Vector<Dictionary<Utf8, Int32>>;

export interface TableBatch {
  rows: number;
  columns: ColumnValues[];
}

/** Texts of which each occurs many times: the places in `words`. */
export function wordColumn(words: Vector<Utf8>, places: Int32Array): Vector<Dictionary<Utf8, Int32>> {
  const type = new Dictionary(new Utf8(), new Int32(), 0);
  return new (Object.getPrototypeOf(words).constructor)([
    makeData({ type, length: places.length, nullCount: 0, data: places, dictionary: words }),
  ]) as Vector<Dictionary<Utf8, Int32>>;
}

export { Bool, type Data, type DataType, Field, Float64, RecordBatch, Schema, Struct, vectorFromArray };
