import SqliteDatabase from 'better-sqlite3';

/** PASSIVE moves what it can while others write; TRUNCATE waits for readers, moves all and empties the file. */
export interface Checkpoint {
  file: string;
  mode: 'PASSIVE' | 'TRUNCATE';
}

/** Moves pages of SQLite's write-ahead log into the database. */
export function checkpoint({ file, mode }: Checkpoint): void {
  const connection = new SqliteDatabase(file, { timeout: 5000 });
  try {
    connection.pragma(`wal_checkpoint(${mode})`);
  } finally {
    connection.close();
  }
}
