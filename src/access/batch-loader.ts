/**
 * Collects the keys that are asked for until the event loop turns and loads them with one query: a page of 1,000 runs costs one
 * query per field, not a thousand. Nothing is kept: the next turn asks the database again.
 */
export class BatchLoader<Value> {
  private waiting: { key: string; resolve: (value: Value) => void; reject: (error: unknown) => void }[] = [];

  constructor(
    private readonly loadMany: (keys: string[]) => Promise<Map<string, Value>>,
    private readonly missing: (key: string) => Value,
  ) {}

  load(key: string): Promise<Value> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length === 0) setImmediate(() => this.flush());
      this.waiting.push({ key, resolve, reject });
    });
  }

  private async flush(): Promise<void> {
    const batch = this.waiting;
    this.waiting = [];
    try {
      const values = await this.loadMany([...new Set(batch.map(({ key }) => key))]);
      for (const { key, resolve } of batch) resolve(values.get(key) ?? this.missing(key));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/** Rows by a key that several share, in their order. */
export function groupBy<Row>(rows: Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}
