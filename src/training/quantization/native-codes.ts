import type { QuantizedTensor } from '../frozen-weight.js';
import { binding, execute, type Handle, onHandles, release } from '../native-handles.js';
import { hasNativeKernels } from '../native-kernels.js';
import { DYNAMIC_VALUES } from './dynamic-codes.js';
import { INT8_STEP } from './int8.js';
import { NF4_BLOCK, NF4_GROUP, NF4_VALUES } from './nf4.js';
import type { QuantizedMatrix } from './quantized-matrix.js';

// Codes in TensorFlow's own 8-bit types, which tfjs has no tensors of. Our operations make float32 of them (native-kernels/codes.cc),
// or where there are none TensorFlow's.

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
  const [int8, nf4] = hasNativeKernels() ? [int8Kernel, nf4Kernel] : [int8Maker, nf4Maker];
  const make = matrix.kind === 'int8' ? int8(matrix, store) : nf4(matrix, store);
  return {
    shape: matrix.shape,
    dense: () => onHandles([], () => [make()])[0]!,
    dispose: () => store.dispose(),
  };
}

const bytesOf = (codes: Int8Array) => new Uint8Array(codes.buffer, codes.byteOffset, codes.length);

function int8Kernel({ codes, absmax, shape }: Int8, store: Store): () => Handle {
  const inputs = [store.put(shape, UINT8, bytesOf(codes)), store.put([absmax.length], FLOAT, absmax)];
  const attributes = [{ name: 'factor', type: binding().TF_ATTR_FLOAT, value: INT8_STEP }];
  return () => execute('RanksweepDequantizeInt8', attributes, inputs)[0]!;
}

function nf4Kernel({ codes, absmaxCodes, absmaxScales, offset, shape }: Nf4, store: Store): () => Handle {
  const statistics = new Float32Array(absmaxScales.length + 1).fill(offset);
  statistics.set(absmaxScales);
  const inputs = [
    store.put([codes.length], UINT8, codes),
    store.put([absmaxCodes.length], UINT8, absmaxCodes),
    store.put([statistics.length], FLOAT, statistics),
    tables().all,
  ];
  const type = binding().TF_ATTR_INT;
  const attributes = ['length', 'heads'].map((name, i) => ({ name, type, value: shape[i]! }));
  return () => execute('RanksweepDequantizeNf4', attributes, inputs)[0]!;
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
  const bytes = store.put(shape, UINT8, bytesOf(codes));
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
  const { fours } = tables();
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
  const { dynamic } = tables();
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

interface Tables {
  /** the four weights of each two bytes, little-endian, [65536,4] */
  fours: Handle;
  /** what an absmax's code stands for, [256] */
  dynamic: Handle;
  /** for our operation: the 16 values of a weight, then those 256 */
  all: Handle;
}

const tablesOf = new WeakMap<object, Tables>();

/** Made once; they stay. */
function tables(): Tables {
  const known = tablesOf.get(binding());
  if (known) return known;
  const nibbles = (n: number) => [(n >> 4) & 15, n & 15, n >> 12, (n >> 8) & 15];
  const count = hasNativeKernels() ? 0 : 65_536;
  const fours = Float32Array.from({ length: count * 4 }, (_, i) => NF4_VALUES[nibbles(i >> 2)[i & 3]!]!);
  const made = {
    fours: create([count, 4], FLOAT, fours),
    dynamic: create([256], FLOAT, DYNAMIC_VALUES),
    all: create([272], FLOAT, Float32Array.of(...NF4_VALUES, ...DYNAMIC_VALUES)),
  };
  tablesOf.set(binding(), made);
  return made;
}
