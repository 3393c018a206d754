import * as tf from '@tensorflow/tfjs';

// TensorFlow's tensors by their number in tfjs-node's binding, past tfjs's engine: the Tensor, the tape and the tidy that belong to
// each operation there cost two to three times what a small operation itself does.

/** As the binding returns it. */
export interface Handle {
  readonly id: number;
  readonly shape: number[];
}

export interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

export interface Binding {
  executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): Handle[];
  createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array | Uint8Array): number;
  deleteTensor(id: number): void;
  getNumOfTensors(): number;
  TF_ATTR_TYPE: number;
  TF_ATTR_BOOL: number;
  TF_ATTR_INT: number;
  TF_ATTR_FLOAT: number;
  TF_FLOAT: number;
  TF_INT32: number;
  TF_BOOL: number;
}

/** What is used of tfjs-node's backend (nodejs_kernel_backend.ts, 4.22, the last release); two of them are private there. */
interface NativeBackend {
  binding: Binding;
  getInputTensorIds(tensors: tf.Tensor[]): number[];
  createOutputTensor(handle: Handle): tf.Tensor;
}

const native = () => tf.backend() as unknown as NativeBackend;
export const binding = () => native().binding;

/** The tensor's handle, which stays its own. */
export const handleOf = (tensor: tf.Tensor): Handle => ({
  id: native().getInputTensorIds([tensor])[0]!,
  shape: tensor.shape,
});

/** What the scope that runs now has made. */
let made: Handle[] = [];

/** One operation; its outputs go with the scope. */
export function execute(
  name: string,
  attributes: Attribute[],
  inputs: readonly Handle[],
  outputs = 1,
): Handle[] {
  const ids = inputs.map(({ id }) => id);
  const results = binding().executeOp(name, attributes, ids, outputs);
  for (const result of results) made.push(result);
  return results;
}

/** Gives back memory before the scope ends. */
export function release(...handles: Handle[]): void {
  for (const handle of handles) {
    made.splice(made.lastIndexOf(handle), 1);
    binding().deleteTensor(handle.id);
  }
}

/**
 * A scope of handles: what `body` returns becomes tensors of tfjs, which its tidies and tape know; all else that it made goes.
 * @param body must return handles that it made, none twice
 */
export function onHandles<Outputs extends tf.Tensor[]>(
  inputs: readonly tf.Tensor[],
  body: (...handles: Handle[]) => { [output in keyof Outputs]: Handle },
): Outputs {
  const kept = handleScope(() => body(...inputs.map(handleOf)));
  return kept.map((handle) => native().createOutputTensor(handle)) as Outputs;
}

/** The same for handles that the caller deletes. */
export function handleScope<Kept extends readonly Handle[]>(body: () => Kept): Kept {
  const outer = made;
  made = [];
  let kept: readonly Handle[] = [];
  try {
    kept = body();
    return kept as Kept;
  } finally {
    for (const handle of made) if (!kept.includes(handle)) binding().deleteTensor(handle.id);
    made = outer;
  }
}
