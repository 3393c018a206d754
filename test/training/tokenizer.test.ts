import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadTokenizer, type Tokenizer } from '../../src/training/tokenizer.js';

const fixture = JSON.parse(readFileSync('test/fixtures/tokenizer/nano.json', 'utf8')) as {
  cases: { text: string; ids: number[] }[];
};

describe('the nano tokenizer', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer('models/nano');
  });

  it.each(fixture.cases)('gives the ids of Python tokenizers, text %#', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it('gives any text back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('has 1,024 tokens, the special one first and a token for each digit', () => {
    expect(tokenizer.vocabularySize).toBe(1024);
    expect(tokenizer.endOfText).toBe(0);
    expect(tokenizer.encode('<|endoftext|>')).toEqual([0]);
    expect(tokenizer.encode('1861')).toHaveLength(4);
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.decode([])).toBe('');
  });
});

describe('loadTokenizer', () => {
  const folder = async (config: string) => {
    const path = await mkdtemp(join(tmpdir(), 'ranksweep-tokenizer-'));
    await copyFile('models/nano/tokenizer.json', join(path, 'tokenizer.json'));
    await writeFile(join(path, 'tokenizer_config.json'), config);
    return path;
  };

  it('takes the end token as a text or as an object', async () => {
    const path = await folder('{"eos_token": {"content": "<|endoftext|>", "lstrip": false}}');
    expect((await loadTokenizer(path)).endOfText).toBe(0);
  });

  it('names the file and the key at fault', async () => {
    await expect(loadTokenizer('no/such/folder')).rejects.toThrow(
      /no\/such\/folder\/tokenizer.*cannot be read/,
    );
    await expect(loadTokenizer(await folder('{"eos_token": "</s>"}'))).rejects.toThrow(
      /tokenizer_config.json: eos_token: found "<\/s>", expected a token/,
    );
    await expect(loadTokenizer(await folder('{'))).rejects.toThrow(/tokenizer_config.json: not JSON/);
  });
});

describe('awkward texts', () => {
  const families = join('test', 'fixtures', 'tokenizer', 'families');
  const { texts, ids } = JSON.parse(readFileSync(join(families, 'expected.json'), 'utf8')) as {
    texts: string[];
    ids: Record<string, number[][]>;
  };
  const withFile = async (name: string) => {
    const path = await mkdtemp(join(tmpdir(), 'ranksweep-tokenizer-'));
    await copyFile(join(families, `${name}.json`), join(path, 'tokenizer.json'));
    const end = ids[name] === ids.llama2 || ids[name] === ids.mistral ? '</s>' : '<|endoftext|>';
    await writeFile(join(path, 'tokenizer_config.json'), JSON.stringify({ eos_token: end }));
    return loadTokenizer(path);
  };

  it.each(Object.keys(ids))('have the ids of Python tokenizers: %s', async (name) => {
    const tokenizer = await withFile(name);
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(ids[name]);
  });

  it('have the same ids by the scores of a GGUF file, which begins every text', async () => {
    const tokenizer = await loadTokenizer(join(families, 'mistral.gguf'));
    expect(texts.map((text) => tokenizer.encode(text))).toEqual(ids.mistral);
    expect(tokenizer.beginning).toEqual([1]);
    expect(tokenizer.endOfText).toBe(2);
    expect(tokenizer.decode(tokenizer.encode('the 🙂 sea'))).toBe('the 🙂 sea');
  });

  it('with tokens that stand for whole words only are refused', async () => {
    const path = await mkdtemp(join(tmpdir(), 'ranksweep-tokenizer-'));
    const model = JSON.parse(readFileSync(join(families, 'gpt2.json'), 'utf8'));
    model.added_tokens[1].single_word = true;
    await writeFile(join(path, 'tokenizer.json'), JSON.stringify(model));
    await writeFile(join(path, 'tokenizer_config.json'), '{"eos_token": "<|endoftext|>"}');
    await expect(loadTokenizer(path)).rejects.toThrow('found single_word for "<|im_start|>", which is not');
  });
});
