// The tokenizer of Llama 2, Mistral and TinyLlama in a GGUF file (tokenizer.ggml.model = llama): SentencePiece's BPE, which stores pieces
// with scores instead of merges. As transformers makes a tokenizer.json of it (integrations/gguf, generate_merges).

type Json = Record<string, unknown>;

/** Every way to put a piece together from two others, the best piece first. Scores fall from merge to merge of the training. */
export function mergesOf(tokens: readonly string[], scores: readonly number[]): [string, string][] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const merges = tokens.flatMap((token, id) =>
    splits(token)
      .filter(([left, right]) => ids.has(left) && ids.has(right))
      .map(([left, right]) => ({ left, right, score: scores[id]! }))
      .sort((a, b) => ids.get(a.left)! - ids.get(b.left)! || ids.get(a.right)! - ids.get(b.right)!),
  );
  merges.sort(
    (a, b) =>
      b.score - a.score || lengthOf(b.left) - lengthOf(a.left) || lengthOf(b.right) - lengthOf(a.right),
  );
  return merges.map(({ left, right }) => [left, right]);
}

const lengthOf = (text: string) => [...text].length;

function splits(token: string): [string, string][] {
  const characters = [...token];
  return characters
    .slice(1)
    .map((_, i) => [characters.slice(0, i + 1).join(''), characters.slice(i + 1).join('')]);
}

/** The parts of tokenizer.json around the model. @param addsSpace whether a text begins as after a space */
export function sentencePieceParts(addsSpace: boolean): Json {
  const pre = {
    type: 'Metaspace',
    replacement: '▁',
    prepend_scheme: addsSpace ? 'first' : 'never',
    split: false,
  };
  const decoders = [
    { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    { type: 'ByteFallback' },
    { type: 'Fuse' },
    ...(addsSpace ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ];
  return { normalizer: null, pre_tokenizer: pre, decoder: { type: 'Sequence', decoders } };
}
