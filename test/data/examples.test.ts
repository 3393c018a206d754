import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { RanksweepError } from '../../src/core/errors.js';
import { type CompletionExample, type ExampleSet, readExamples } from '../../src/data/examples.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranksweep-examples-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Uint8Array, name = 'examples.jsonl') {
  const path = join(folder, `${count++}-${name}`);
  await writeFile(path, content);
  return readExamples(path) as Promise<Omit<ExampleSet, 'examples'> & { examples: CompletionExample[] }>;
}

const failure = (content: string | Uint8Array, name?: string): Promise<RanksweepError> =>
  read(content, name).then(
    () => {
      throw new Error('was read without a problem');
    },
    (error) => error,
  );

const pair = '{"prompt":"1 + 1 = ","completion":"2"}';

describe('formats', () => {
  it('reads prompt and completion', async () => {
    const set = await read(`${pair}\n`);
    expect(set.examples).toEqual([{ prompt: '1 + 1 = ', completion: '2' }]);
    expect(set.format).toBe('prompt-completion');
    expect(set.bytes).toBe(pair.length + 1);
    expect(set.contentHash).toBe(createHash('sha256').update(`${pair}\n`).digest('hex'));
  });

  it('reads text records, blank lines between them left out', async () => {
    const set = await read('{"text":"one"}\n\n  \n{"text":"two"}');
    expect(set.examples).toEqual([
      { prompt: '', completion: 'one' },
      { prompt: '', completion: 'two' },
    ]);
    expect(set.format).toBe('text-jsonl');
  });

  it('reads Alpaca records, with and without input', async () => {
    const set = await read(
      '{"instruction":"Add.","input":"1, 1","output":"2"}\n{"instruction":"Greet.","output":"Hello"}\n{"instruction":"Greet.","input":"","output":"Hi"}',
    );
    expect(set.examples).toEqual([
      { prompt: 'Add.\n1, 1\n', completion: '2' },
      { prompt: 'Greet.\n', completion: 'Hello' },
      { prompt: 'Greet.\n', completion: 'Hi' },
    ]);
  });

  it('reads plain text as blocks between blank lines', async () => {
    const set = await read('first line\nsecond line\n\n\n  third\r\n \r\nfourth', 'text.txt');
    expect(set.examples.map((example) => example.completion)).toEqual([
      'first line\nsecond line',
      '  third',
      'fourth',
    ]);
    expect(set.format).toBe('plain-text');
  });

  it('recognises JSONL by its content', async () => {
    expect((await read(`\n ${pair}\n`, 'data.txt')).format).toBe('prompt-completion');
  });

  it('tolerates a byte order mark and CRLF', async () => {
    const plain = await read(`${pair}\n${pair}\n`);
    const windows = await read(`\ufeff${pair}\r\n${pair}\r\n`);
    expect(windows.examples).toEqual(plain.examples);
    expect(windows.canonicalHash).toBe(plain.canonicalHash);
    expect(windows.contentHash).not.toBe(plain.contentHash);
  });

  it('joins lines and characters that chunks of the stream cut', async () => {
    const texts = ['ä'.repeat(40_000), '\u{1F600}'.repeat(50_000), 'b'];
    const set = await read(texts.map((text) => JSON.stringify({ text })).join('\r\n'));
    expect(set.examples.map((example) => example.completion)).toEqual(texts);
  });
});

describe('problems', () => {
  it('names file and line of each', async () => {
    const error = await failure(
      `${pair}\n{"prompt":1,"completion":" ","kind":"x"}\n\n{oops\n["a"]\n{"a":1}\n{"text":"t"}\n`,
    );
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toMatch(/examples\.jsonl:2:1 kind: unknown key, expected prompt, completion/);
    expect(error.problems).toEqual([
      { line: 2, field: 'kind', message: 'unknown key, expected prompt, completion' },
      { line: 2, field: 'prompt', message: 'found 1, expected text' },
      { line: 2, field: 'completion', message: 'empty, expected some text' },
      { line: 4, field: '', message: expect.stringContaining('not JSON') },
      { line: 5, field: '', message: expect.stringMatching(/found \["a"\], expected \{"prompt"/) },
      { line: 6, field: '', message: expect.stringMatching(/found keys \["a"\], expected \{"prompt"/) },
      { line: 7, field: '', message: 'a text record, but the first is prompt/completion' },
    ]);
  });

  it('reports a missing completion and a key of the prototype', async () => {
    const error = await failure(
      '{"prompt":"a"}\n{"text":"a","__proto__":{}}\n{"prompt":null,"completion":"b"}',
    );
    expect(error.problems.map(({ line, field }) => [line, field])).toEqual([
      [1, 'completion'],
      [2, '__proto__'],
      [3, 'prompt'],
    ]);
  });

  it('lists at most twenty and says how many more', async () => {
    const error = await failure('{}\n'.repeat(25));
    expect(error.problems).toHaveLength(20);
    expect(error.message).toMatch(/… and 5 more$/);
  });

  it.each([
    ['an empty file', ''],
    ['blank lines', ' \n\n\t\r\n'],
    ['a byte order mark alone', '\ufeff'],
  ])('refuses %s', async (_, content) => {
    const error = await failure(content);
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toMatch(/holds no examples/);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const error = await failure(Buffer.from([0x7b, 0x0a, 0xff, 0xfe, 0x0a]));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toMatch(/cannot be read.*not valid/);
  });

  it('refuses a missing file and a folder', async () => {
    await expect(readExamples(join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(readExamples(folder)).rejects.toThrow(/cannot be read: it is a folder/);
  });
});

describe('properties', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((value) => value.trim() !== '');
  const example: fc.Arbitrary<CompletionExample> = fc.record({
    prompt: fc.string({ unit: 'binary' }),
    completion: text,
  });
  const examples = fc.array(example, { minLength: 1, maxLength: 20 });
  const jsonl = (list: CompletionExample[]) => list.map((item) => JSON.stringify(item)).join('\n');
  const options = { seed: 1, numRuns: 60 };

  it('gives back any examples that were written', async () => {
    const property = fc.asyncProperty(examples, async (list) => {
      expect((await read(jsonl(list))).examples).toEqual(list);
    });
    await fc.assert(property, options);
  });

  it('has a canonical hash that order, key order and white space leave as it is', async () => {
    const property = fc.asyncProperty(examples, fc.integer(), async (list, seed) => {
      const mixed = [...list].sort((a, b) => hash(seed, a).localeCompare(hash(seed, b)));
      const spaced = mixed.map(
        ({ prompt, completion }) =>
          `{ "completion" : ${JSON.stringify(completion)},\t"prompt":${JSON.stringify(prompt)} }\r\n\r\n`,
      );
      expect((await read(spaced.join(''))).canonicalHash).toBe((await read(jsonl(list))).canonicalHash);
    });
    await fc.assert(property, options);
  });

  it('has a canonical hash that any change of an example changes', async () => {
    const property = fc.asyncProperty(examples, fc.nat(), async (list, at) => {
      const index = at % list.length;
      const changed = list.map((item, i) =>
        i === index ? { ...item, completion: `${item.completion}x` } : item,
      );
      const before = (await read(jsonl(list))).canonicalHash;
      expect((await read(jsonl(changed))).canonicalHash).not.toBe(before);
      expect((await read(jsonl([...list, list[index]!]))).canonicalHash).not.toBe(before);
    });
    await fc.assert(property, options);
  });

  const hash = (seed: number, item: CompletionExample) =>
    createHash('sha256')
      .update(`${seed}${JSON.stringify(item)}`)
      .digest('hex');
});

describe('chats', () => {
  const chat = '{"messages":[{"role":"user","content":"1 + 1?"},{"role":"assistant","content":"2"}]}';
  const shareGpt = '{"conversations":[{"from":"human","value":"1 + 1?"},{"from":"gpt","value":"2"}]}';

  it("reads messages, and ShareGPT's conversations as the same", async () => {
    const set = await read(`${chat}\n`);
    expect(set.format).toBe('chat');
    expect(set.examples).toEqual([
      {
        messages: [
          { role: 'user', content: '1 + 1?' },
          { role: 'assistant', content: '2' },
        ],
      },
    ]);
    expect((await read(shareGpt)).canonicalHash).toBe(set.canonicalHash);
    expect((await read(chat.replace('2', '3'))).canonicalHash).not.toBe(set.canonicalHash);
  });

  it.each([
    ['{"messages":[]}', ':1:1 messages: found [], expected turns'],
    ['{"messages":[{"role":"user","content":"a"}]}', 'found no turn of the assistant'],
    [chat.replace('"user"', '"tool"'), 'messages[0].role: found "tool", expected system, developer, user'],
    [chat.replace('"2"', '[{"type":"text"}]'), 'messages[1].content: found [{"type":"text"}], expected text'],
    [chat.replace('"2"', '" "'), 'messages[1].content: empty'],
    [chat.replace('"2"', '"2","tool_calls":[]'), 'messages[1].tool_calls: unknown key'],
    [chat.replace('{"messages"', '{"tools":[],"messages"'), 'tools: unknown key, expected messages alone'],
    [`${chat}\n${pair}`, ':2:1 a prompt/completion record, but the first is messages'],
  ])('names what is wrong in %j', async (content, problem) => {
    expect((await failure(content)).message).toContain(problem);
  });
});
