import type { QuantizedTensor } from '../frozen-weight.js';
import { binding, execute, type Handle, onHandles, release } from '../native-handles.js';
import { DYNAMIC_VALUES } from './dynamic-codes.js';
import { INT8_STEP } from './int8.js';
import { NF4_BLOCK, NF4_GROUP, NF4_VALUES } from './nf4.js';
import type { QuantizedMatrix } from './quantized-matrix.js';

// Codes in TensorFlow's own 8-bit types, which tfjs has no tensors of, and TensorFlow's operations that make float32 of them.

/** Of TensorFlow's c_api.h; the binding names only some. */
const [FLOAT, INT32, UINT8, INT8, UINT16] = [1, 3, 4, 6, 17];

type Int8 = QuantizedMatrix & { kind: 'int8' };
type Nf4 = QuantizedMatrix & { kind: 'nf4' };
type Values = Float32Array | Int32Array | Uint8Array;

/** Handles that belong to one matrix. */
class Store {
  private readonly ids: number[] = [];

  put(shape: number[], dtype: number, values: Values): Handle {
    const handle = create(shape, dtype, values);
    this.ids.push(handle.id);
    return handle;
  }

  int32(...values: number[]): Handle {
    return this.put([values.length], INT32, Int32Array.from(values));
  }

  scalar(value: number): Handle {
    return this.put([], FLOAT, Float32Array.of(value));
  }

  dispose(): void {
    for (const id of this.ids.splice(0)) binding().deleteTensor(id);
  }
}

const create = (shape: number[], dtype: number, values: Values): Handle => ({
  id: binding().createTensor(shape, dtype, values),
  shape,
});

export function codesInTensorFlow(matrix: QuantizedMatrix): QuantizedTensor {
  const store = new Store();
  const make = matrix.kind === 'int8' ? int8Maker(matrix, store) : nf4Maker(matrix, store);
  return {
    shape: matrix.shape,
    dense: () => onHandles([], () => [make()])[0]!,
    dispose: () => store.dispose(),
  };
}

type Operation = (input: Handle) => Handle;

/** Each operation frees what the one before it made: a matrix is there once or twice, not once for each. */
function chain(input: Handle, first: Operation, ...rest: Operation[]): Handle {
  return rest.reduce((made, operation) => {
    const next = operation(made);
    release(made);
    return next;
  }, first(input));
}

/** @param types attributes of the operation, all of which are types here */
function run(name: string, types: Record<string, number>, inputs: Handle[]): Handle {
  const { TF_ATTR_TYPE: type } = binding();
  const attributes = Object.entries(types).map(([key, value]) => ({ name: key, type, value }));
  return execute(name, attributes, inputs)[0]!;
}

function cast(from: number, to: number): Operation {
  return (input) => run('Cast', { SrcT: from, DstT: to }, [input]);
}
function bitcast(from: number, to: number): Operation {
  return (input) => run('Bitcast', { T: from, type: to }, [input]);
}
function multiply(by: Handle): Operation {
  return (input) => run('Mul', { T: FLOAT }, [input, by]);
}
function plus(by: Handle): Operation {
  return (input) => run('AddV2', { T: FLOAT }, [input, by]);
}
function reshape(shape: Handle): Operation {
  return (input) => run('Reshape', { T: FLOAT, Tshape: INT32 }, [input, shape]);
}
/** The first `count` along the one axis. */
function firstOf(start: Handle, count: Handle): Operation {
  return (input) => run('Slice', { T: FLOAT, Index: INT32 }, [input, start, count]);
}
function lookUp(table: Handle, axis: Handle): Operation {
  return (rows) => run('GatherV2', { Tparams: FLOAT, Tindices: INT32, Taxis: INT32 }, [table, rows, axis]);
}

function int8Maker({ codes, absmax, shape }: Int8, store: Store): () => Handle {
  const bytes = store.put(shape, UINT8, new Uint8Array(codes.buffer, codes.byteOffset, codes.length));
  const scales = store.put([absmax.length, 1], FLOAT, absmax);
  const step = store.scalar(INT8_STEP);
  return () => chain(bytes, bitcast(UINT8, INT8), cast(INT8, FLOAT), multiply(scales), multiply(step));
}

/** Four weights are looked up at once, by two bytes: a look-up costs about 9 ns, whether it finds two weights or four. */
function nf4Maker({ codes, shape, ...statistics }: Nf4, store: Store): () => Handle {
  const blocks = statistics.absmaxCodes.length;
  const bytes = store.put([blocks * (NF4_BLOCK / 4), 2], UINT8, padded(codes, blocks * (NF4_BLOCK / 2)));
  const absmax = absmaxMaker(statistics, store);
  const axis = store.put([], INT32, Int32Array.of(0));
  const [inBlocks, flat, matrix] = [store.int32(blocks, NF4_BLOCK), store.int32(-1), store.int32(...shape)];
  const [start, weights] = [store.int32(0), store.int32(shape.reduce((a, b) => a * b, 1))];
  const [fours] = tables();
  return () => {
    const column = absmax();
    const blocksOf = [cast(UINT16, INT32), lookUp(fours, axis), reshape(inBlocks), multiply(column)];
    const matrixOf = [reshape(flat), firstOf(start, weights), reshape(matrix)];
    const made = chain(bytes, bitcast(UINT8, UINT16), ...blocksOf, ...matrixOf);
    release(column);
    return made;
  };
}

/** The absmax of each block, [blocks,1]. */
function absmaxMaker(
  { absmaxCodes, absmaxScales, offset }: Omit<Nf4, 'codes' | 'shape'>,
  store: Store,
): () => Handle {
  const [blocks, groups] = [absmaxCodes.length, absmaxScales.length];
  const bytes = store.put([groups, NF4_GROUP], UINT8, padded(absmaxCodes, groups * NF4_GROUP));
  const scales = store.put([groups, 1], FLOAT, absmaxScales);
  const mean = store.scalar(offset);
  const axis = store.put([], INT32, Int32Array.of(0));
  const [flat, start, count, column] = [[-1], [0], [blocks], [blocks, 1]].map((list) => store.int32(...list));
  const [, dynamic] = tables();
  const values = [lookUp(dynamic, axis), multiply(scales), plus(mean)];
  const shaped = [reshape(flat!), firstOf(start!, count!), reshape(column!)];
  return () => chain(bytes, cast(UINT8, INT32), ...values, ...shaped);
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

const tablesOf = new WeakMap<object, [Handle, Handle]>();

/** Four weights for each two bytes, little-endian, [65536,4], and the dynamic values [256]; they stay. */
function tables(): [Handle, Handle] {
  const known = tablesOf.get(binding());
  if (known) return known;
  const nibbles = (n: number) => [(n >> 4) & 15, n & 15, n >> 12, (n >> 8) & 15];
  const fours = Float32Array.from({ length: 65_536 * 4 }, (_, i) => NF4_VALUES[nibbles(i >> 2)[i & 3]!]!);
  const made: [Handle, Handle] = [create([65_536, 4], FLOAT, fours), create([256], FLOAT, DYNAMIC_VALUES)];
  tablesOf.set(binding(), made);
  return made;
}
