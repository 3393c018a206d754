/** One field of a message as it is on the wire. */
export type Field =
  | { number: number; kind: 'varint'; value: bigint }
  | { number: number; kind: 'bytes'; value: Buffer }
  | { number: number; kind: 'fixed32' | 'fixed64'; value: Buffer };

/** The fields of a message, in their order. @throws Error when the bytes are no message */
export function* readFields(message: Buffer): Generator<Field> {
  let at = 0;
  while (at < message.length) {
    const tag = readVarint(message, at);
    const number = Number(tag.value >> 3n);
    at = tag.end;
    const wireType = Number(tag.value & 7n);
    if (wireType === 0) {
      const { value, end } = readVarint(message, at);
      yield { number, kind: 'varint', value };
      at = end;
    } else {
      const { start, end } = extentOf(message, at, wireType);
      const kind = wireType === 2 ? 'bytes' : wireType === 1 ? 'fixed64' : 'fixed32';
      yield { number, kind, value: message.subarray(start, end) };
      at = end;
    }
  }
}

function extentOf(message: Buffer, at: number, wireType: number): { start: number; end: number } {
  let [start, length] = [at, wireType === 1 ? 8 : 4];
  if (wireType === 2) {
    const size = readVarint(message, at);
    [start, length] = [size.end, Number(size.value)];
  } else if (wireType !== 1 && wireType !== 5) throw new Error(`a field of wire type ${wireType}`);
  if (start + length > message.length) throw new Error('a field that is longer than its message');
  return { start, end: start + length };
}

function readVarint(bytes: Buffer, at: number): { value: bigint; end: number } {
  let value = 0n;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: at + i + 1 };
  }
  throw new Error('a number that does not end');
}

/** The last field of this number and kind; undefined if there is none. */
export function bytesField(message: Buffer, number: number): Buffer | undefined {
  let found: Buffer | undefined;
  for (const field of readFields(message)) {
    if (field.number === number && field.kind === 'bytes') found = field.value;
  }
  return found;
}

export function textField(message: Buffer, number: number): string | undefined {
  return bytesField(message, number)?.toString('utf8');
}

export function bytesFields(message: Buffer, number: number): Buffer[] {
  return [...readFields(message)].flatMap((field) =>
    field.number === number && field.kind === 'bytes' ? [field.value] : [],
  );
}

/** int64 and its kin. */
export function intField(message: Buffer, number: number): number | undefined {
  let found: number | undefined;
  for (const field of readFields(message)) {
    if (field.number === number && field.kind === 'varint') found = Number(BigInt.asIntN(64, field.value));
  }
  return found;
}

export function doubleField(message: Buffer, number: number): number | undefined {
  let found: number | undefined;
  for (const field of readFields(message)) {
    if (field.number === number && field.kind === 'fixed64') found = field.value.readDoubleLE(0);
  }
  return found;
}

export function floatField(message: Buffer, number: number): number | undefined {
  let found: number | undefined;
  for (const field of readFields(message)) {
    if (field.number === number && field.kind === 'fixed32') found = field.value.readFloatLE(0);
  }
  return found;
}
