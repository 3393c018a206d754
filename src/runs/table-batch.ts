/** A column of a bulk answer: numbers, texts, truths, values of several types as JSON text, or few texts that occur again and again. */
export interface TableColumn {
  name: string;
  type: 'number' | 'text' | 'boolean' | 'json' | 'word';
  /** of type word: all texts that may occur */
  words?: string[];
}

/** A column's values: numbers (NaN is one), texts or truths; null: none. Of type word: places in `words`. */
export type ColumnValues = Float64Array | Int32Array | readonly (number | string | boolean | null)[];

/** Some rows of a bulk answer, column by column. */
export interface TableBatch {
  rows: number;
  columns: ColumnValues[];
}

/** A bulk answer: its columns are known before its first row is read. */
export interface TableStream {
  columns: TableColumn[];
  batches: AsyncIterable<TableBatch>;
}
