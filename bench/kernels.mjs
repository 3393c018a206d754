/**
 * The WASM kernels beside TensorFlow.js's own, in one process on one thread: `npm run build:server`, then
 * `node bench/kernels.mjs`. Prints one line of JSON: medians in GFLOP/s of the matrix products, and in milliseconds
 * of a slice and of attention forward and backward. Machines are noisy: compare ratios, not runs.
 */
import { cpus } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';

const training = new URL('../dist/src/training/', import.meta.url);
const { registerWasmKernels } = await import(new URL('wasm-kernels.js', training));
const { attention, attentionGrad } = await import(new URL('kernels/attention.js', training));

const ROUNDS = 9;
const ROUND_MS = 15;
// [name, shape of a, shape of b, transposeA, transposeB]
const PRODUCTS = [
  ['1024x128x352', [1024, 128], [128, 352], false, false],
  ['1024x352x128', [1024, 352], [352, 128], false, false],
  ['1024x128x1024', [1024, 128], [128, 1024], false, false],
  ['1024x128x1024 b transposed', [1024, 128], [1024, 128], false, true],
  ['1024x128x8 b transposed', [1024, 128], [8, 128], false, true],
  ['8x1024x128 a transposed', [1024, 8], [1024, 128], true, false],
  ['32 of 128x32x128', [32, 128, 32], [32, 32, 128], false, false],
  ['32 of 128x32x128 b transposed', [32, 128, 32], [32, 128, 32], false, true],
  ['32 of 128x128x32', [32, 128, 128], [32, 128, 32], false, false],
];

/** Median milliseconds of one call; each round lasts at least ROUND_MS. */
function timed(call) {
  const once = () => tf.tidy(() => void call());
  once();
  const started = performance.now();
  once();
  const repeats = Math.max(1, Math.ceil(ROUND_MS / (performance.now() - started)));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) once();
    return (performance.now() - start) / repeats;
  });
  return rounds.sort((x, y) => x - y)[(ROUNDS - 1) / 2];
}

function productCase([name, shapeA, shapeB, transposeA, transposeB]) {
  const [a, b] = [tf.randomNormal(shapeA), tf.randomNormal(shapeB)];
  const flops = 2 * a.size * shapeB.at(transposeB ? -2 : -1);
  return { name, flops, call: () => tf.matMul(a, b, transposeA, transposeB) };
}

/** Scores, causal mask, softmax and values of 8 sequences of 128, 4 heads of 32, from the gradient tape. */
function plainAttention() {
  const heads = Array.from({ length: 3 }, () => tf.randomNormal([32, 128, 32]));
  const mask = tf.linalg
    .bandPart(tf.ones([128, 128]), -1, 0)
    .sub(1)
    .mul(1e9);
  const out = (q, k, v) =>
    tf.matMul(
      tf.softmax(
        tf
          .matMul(q, k, false, true)
          .mul(32 ** -0.5)
          .add(mask),
      ),
      v,
    );
  return () => tf.grads((q, k, v) => out(q, k, v).sum())(heads);
}

function fusedAttention() {
  const [q, k, v, dOut] = Array.from({ length: 4 }, () => tf.randomNormal([1024, 128]));
  const shape = { length: 128, heads: 4, keyValueHeads: 4 };
  return () => attentionGrad(dOut, q, k, v, attention(q, k, v, shape)[1], shape);
}

const round = (value) => Number(value.toPrecision(3));

await tf.setBackend('wasm');
const products = PRODUCTS.map(productCase);
const long = tf.randomNormal([64, 64, 256]);
const split = () => tf.unstack(long);
const plain = plainAttention();
const stock = {
  products: products.map(({ call }) => timed(call)),
  split: timed(split),
  attention: timed(plain),
};
await registerWasmKernels();
const ours = products.map(({ call }) => timed(call));

const gflops = products.map(({ name, flops }, i) => ({
  shape: name,
  ours: round(flops / ours[i] / 1e6),
  stock: round(flops / stock.products[i] / 1e6),
  ratio: round(stock.products[i] / ours[i]),
}));
const beside = (mine, theirs) => ({ ours: round(mine), stock: round(theirs), ratio: round(theirs / mine) });
const ms = {
  'unstack 64 of 64x256': beside(timed(split), stock.split),
  'attention and its gradient, 8x128, 4 heads of 32': beside(timed(fusedAttention()), stock.attention),
};
console.log(JSON.stringify({ bench: 'kernels', cpu: cpus()[0].model, node: process.version, gflops, ms }));
