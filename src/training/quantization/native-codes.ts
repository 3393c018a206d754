import * as tf from '@tensorflow/tfjs';
import type { QuantizedTensor } from '../frozen-weight.js';
import { DYNAMIC_VALUES } from './dynamic-codes.js';
import { INT8_STEP } from './int8.js';
import { NF4_BLOCK, NF4_GROUP, NF4_VALUES } from './nf4.js';
import type { QuantizedMatrix } from './quantized-matrix.js';

// Codes in TensorFlow's own types, which tfjs has no tensors of: handles of tfjs-node's binding, made and freed here.

type Id = number;
interface Attribute {
  name: string;
  type: number;
  value: unknown;
}
/** What is used of tfjs-node 4.22 (binding.cc, nodejs_kernel_backend.ts). */
interface Binding {
  createTensor(shape: number[], dtype: number, values: ArrayBufferView): Id;
  deleteTensor(id: Id): void;
  executeOp(name: string, attributes: Attribute[], inputs: Id[], outputs: number): Made[];
  TF_ATTR_TYPE: number;
}
interface Made {
  id: Id;
  shape: number[];
  dtype: number;
}
interface NativeBackend {
  binding: Binding;
  createOutputTensor(made: Made): tf.Tensor;
}

/** Of TensorFlow's c_api.h; the binding names only some. */
const [FLOAT, INT32, UINT8, INT8, UINT16] = [1, 3, 4, 6, 17];

const native = () => tf.backend() as unknown as NativeBackend;

function type(name: string, value: number): Attribute {
  return { name, type: native().binding.TF_ATTR_TYPE, value };
}

/** @param types attributes of the operation, all of which are types here */
function run(name: string, types: Record<string, number>, inputs: Id[]): Made {
  const attributes = Object.entries(types).map(([key, value]) => type(key, value));
  return native().binding.executeOp(name, attributes, inputs, 1)[0]!;
}

/** Each operation frees what the one before it made. */
function chain(first: Made, ...rest: Operation[]): Made {
  return rest.reduce((made, operation) => {
    const next = operation(made.id);
    native().binding.deleteTensor(made.id);
    return next;
  }, first);
}

type Operation = (id: Id) => Made;
const cast =
  (from: number, to: number): Operation =>
  (id) =>
    run('Cast', { SrcT: from, DstT: to }, [id]);
const bitcast =
  (from: number, to: number): Operation =>
  (id) =>
    run('Bitcast', { T: from, type: to }, [id]);
const multiply =
  (by: Id): Operation =>
  (id) =>
    run('Mul', { T: FLOAT }, [id, by]);
const plus =
  (by: Id): Operation =>
  (id) =>
    run('AddV2', { T: FLOAT }, [id, by]);
const reshape =
  (shape: Id): Operation =>
  (id) =>
    run('Reshape', { T: FLOAT, Tshape: INT32 }, [id, shape]);
/** The first `count` along the one axis. */
const firstOf =
  (zero: Id, count: Id): Operation =>
  (id) =>
    run('Slice', { T: FLOAT, Index: INT32 }, [id, zero, count]);
const lookUp =
  (table: Id, axis: Id): Operation =>
  (rows) =>
    run('GatherV2', { Tparams: FLOAT, Tindices: INT32, Taxis: INT32 }, [table, rows, axis]);

export function codesInTensorFlow(matrix: QuantizedMatrix): QuantizedTensor {
  const { shape } = matrix;
  const ids: Id[] = [];
  const put = (dims: number[], dtype: number, values: ArrayBufferView) => {
    const id = native().binding.createTensor(dims, dtype, values);
    ids.push(id);
    return id;
  };
  const make = matrix.kind === 'int8' ? int8Maker(matrix, put) : nf4Maker(matrix, put);
  return {
    shape,
    dense: () => native().createOutputTensor(make()),
    dispose() {
      for (const id of ids.splice(0)) native().binding.deleteTensor(id);
    },
  };
}

type Put = (shape: number[], dtype: number, values: ArrayBufferView) => Id;

function int8Maker({ codes, absmax, shape }: QuantizedMatrix & { kind: 'int8' }, put: Put): () => Made {
  const bytes = put(shape, UINT8, new Uint8Array(codes.buffer, codes.byteOffset, codes.length));
  const scales = put([absmax.length, 1], FLOAT, absmax);
  const step = put([], FLOAT, Float32Array.of(INT8_STEP));
  return () => chain(bitcast(UINT8, INT8)(bytes), cast(INT8, FLOAT), multiply(scales), multiply(step));
}

/** Four weights are looked up at once, by two bytes: a look-up costs about 9 ns, whether it finds two weights or four. */
function nf4Maker(matrix: QuantizedMatrix & { kind: 'nf4' }, put: Put): () => Made {
  const { codes, absmaxCodes, absmaxScales, offset, shape } = matrix;
  const [blocks, groups] = [absmaxCodes.length, absmaxScales.length];
  const int32 = (...values: number[]) => put([values.length], INT32, Int32Array.from(values));
  const pairs = put([(blocks * NF4_BLOCK) / 4, 2], UINT8, padded(codes, (blocks * NF4_BLOCK) / 2));
  const blockCodes = put([groups, NF4_GROUP], UINT8, padded(absmaxCodes, groups * NF4_GROUP));
  const scales = put([groups, 1], FLOAT, absmaxScales);
  const mean = put([], FLOAT, Float32Array.of(offset));
  const [zero, start, count] = [put([], INT32, Int32Array.of(0)), int32(0), int32(blocks)];
  const [values, dynamic] = tables();
  const [flatBlocks, column, inBlocks] = [int32(-1), int32(blocks, 1), int32(blocks, NF4_BLOCK)];
  const [weights, matrixShape] = [int32(shape.reduce((a, b) => a * b, 1)), int32(...shape)];
  const absmax = () =>
    chain(
      cast(UINT8, INT32)(blockCodes),
      ...[lookUp(dynamic, zero), multiply(scales), plus(mean), reshape(flatBlocks)],
      ...[firstOf(start, count), reshape(column)],
    );
  return () => {
    const column = absmax();
    const made = chain(
      bitcast(UINT8, UINT16)(pairs),
      ...[cast(UINT16, INT32), lookUp(values, zero), reshape(inBlocks), multiply(column.id)],
      ...[reshape(flatBlocks), firstOf(start, weights), reshape(matrixShape)],
    );
    native().binding.deleteTensor(column.id);
    return made;
  };
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  const longer = new Uint8Array(length);
  longer.set(bytes);
  return longer;
}

const tablesOf = new WeakMap<Binding, [Id, Id]>();

/** Four weights for each two bytes, little-endian, [65536,4], and the dynamic values [256]; they stay. */
function tables(): [Id, Id] {
  const { binding } = native();
  const known = tablesOf.get(binding);
  if (known) return known;
  const nibbles = (n: number) => [(n >> 4) & 15, n & 15, n >> 12, (n >> 8) & 15];
  const fours = Float32Array.from(
    { length: 65_536 * 4 },
    (_, i) => NF4_VALUES[nibbles(Math.floor(i / 4))[i % 4]!]!,
  );
  const made: [Id, Id] = [
    binding.createTensor([65_536, 4], FLOAT, fours),
    binding.createTensor([256], FLOAT, DYNAMIC_VALUES),
  ];
  tablesOf.set(binding, made);
  return made;
}
