/** The grid of `npm run bench:memory`: a shape of train-shapes.mjs or models/nano, and what differs from the defaults of a run config. */
const lora = (rank) => ({ lora: { rank, alpha: 2 * rank } });
const batch = (batchSize, sequenceLength) => ({ batchSize, sequenceLength });

export const CASES = {
  'nano 8x64': { shape: 'nano', ...batch(8, 64), ...lora(8) },
  'nano 32x64': { shape: 'nano', ...batch(32, 64), ...lora(8) },
  'nano full 8x64': { shape: 'nano', ...batch(8, 64), method: 'full' },
  'tiny 8x64': { shape: 'tiny', ...batch(8, 64), ...lora(8) },
  'tiny 32x128': { shape: 'tiny', ...batch(32, 128), ...lora(8) },
  'tiny r128 8x64': { shape: 'tiny', ...batch(8, 64), ...lora(128) },
  'tiny full 16x64': { shape: 'tiny', ...batch(16, 64), method: 'full' },
  'small 2x128': { shape: 'small', ...batch(2, 128), ...lora(8) },
  'small 8x128': { shape: 'small', ...batch(8, 128), ...lora(8) },
  'small 2x512': { shape: 'small', ...batch(2, 512), ...lora(8) },
  'small full 4x128': { shape: 'small', ...batch(4, 128), method: 'full' },
  'small evaluated 2x128': { shape: 'small', ...batch(2, 128), ...lora(8), evaluated: true },
  'small nf4 2x128': { shape: 'small', ...batch(2, 128), ...lora(8), quantization: 'nf4' },
  'small recomputed 8x128': { shape: 'small', ...batch(8, 128), ...lora(8), gradientCheckpointing: true },
  'smollm2 1x128': { shape: 'smollm2', ...batch(1, 128), ...lora(8) },
  'smollm2 4x128': { shape: 'smollm2', ...batch(4, 128), ...lora(16) },
  'smollm2 int8 1x128': { shape: 'smollm2', ...batch(1, 128), ...lora(8), quantization: 'int8' },
};
