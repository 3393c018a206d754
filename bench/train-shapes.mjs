/** The shapes of `npm run bench:train`: D width, L layers, V vocabulary, rows x tokens a step. */
const model = (
  hiddenSize,
  layers,
  heads,
  keyValueHeads,
  intermediateSize,
  vocabularySize,
  contextLength,
) => ({
  ...{ vocabularySize, hiddenSize, intermediateSize, layers, heads, keyValueHeads },
  ...{ headDimension: hiddenSize / heads, contextLength, normEpsilon: 1e-5, ropeTheta: 10_000 },
  tiedEmbeddings: true,
});

export const SHAPES = {
  tiny: { config: model(256, 4, 4, 4, 704, 1024, 64), rows: 8, length: 64 },
  small: { config: model(384, 6, 6, 6, 1024, 4096, 128), rows: 8, length: 128 },
  smollm2: { config: model(576, 30, 9, 3, 1536, 49152, 128), rows: 1, length: 128 },
};

/** What both sides train with. */
export const SETTINGS = { rank: 8, alpha: 16, learningRate: 1e-3, weightDecay: 0.01, gradientClip: 1 };
