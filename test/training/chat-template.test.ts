import { readFileSync } from 'node:fs';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Message } from '../../src/data/chat-record.js';
import { createChatTemplate } from '../../src/training/chat-template.js';
import { isPredicted, predictedCount, toSequences } from '../../src/training/sequences.js';
import { loadTokenizer, type Tokenizer } from '../../src/training/tokenizer.js';
import { temporaryFolder } from './tiny-model.js';

// Against Python transformers, by test/fixtures/chat/make.py.

const FIXTURES = join('test', 'fixtures', 'chat');
const record = JSON.parse(readFileSync(join(FIXTURES, 'expected.json'), 'utf8')) as {
  templates: Record<string, string>;
  chats: Record<string, Message[]>;
  bos: string;
  eos: string;
  cases: { template: string; chat: string; ids: number[]; mask: number[] }[];
};

/** A tokenizer whose config has a template, in the form that is asked for. */
async function withTemplate(chat_template: unknown, file: string | null = null): Promise<Tokenizer> {
  const folder = await temporaryFolder();
  await copyFile(join(FIXTURES, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  const config = { bos_token: record.bos, eos_token: { content: record.eos }, chat_template };
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
  if (file !== null) await writeFile(join(folder, 'chat_template.jinja'), file);
  return loadTokenizer(folder);
}

const options = (tokenizer: Tokenizer) => ({
  tokenizer,
  sequenceLength: 200,
  field: 'data.train',
  path: 'chats.jsonl',
});
const sequenceOf = (tokenizer: Tokenizer, messages: Message[]) =>
  toSequences([{ messages }], options(tokenizer))[0]!;

describe.each(Object.keys(record.templates))('the template %s', (name) => {
  const cases = record.cases.filter(({ template }) => template === name);

  it.each(cases)("gives transformers' ids and learns the assistant's: $chat", async ({ chat, ids, mask }) => {
    const tokenizer = await withTemplate(record.templates[name]);
    const sequence = sequenceOf(tokenizer, record.chats[chat]!);
    expect(sequence.ids).toEqual(ids);
    expect(ids.map((_, at) => Number(isPredicted(sequence, at)))).toEqual(mask);
    expect(predictedCount(sequence)).toBe(mask.reduce((sum, one) => sum + one, 0));
  });
});

describe('a chat', () => {
  const chat = record.chats['one turn']!;
  const [bos] = record.cases.find(({ template }) => template === 'llama3')!.ids;

  it('begins with one begin-of-text, as other data does', async () => {
    const tokenizer = await withTemplate(record.templates.llama3);
    expect(sequenceOf(tokenizer, chat).ids.filter((id) => id === bos)).toEqual([bos]);
    const pair = { prompt: 'Hello', completion: ' there' };
    const [prompted, text] = toSequences(
      [pair, { prompt: '', completion: 'Hello there' }],
      options(tokenizer),
    );
    expect(prompted!.ids).toEqual([bos, ...tokenizer.encode('Hello'), ...tokenizer.encode(' there'), 6]);
    expect(prompted!.from).toBe(1 + tokenizer.encode('Hello').length);
    expect(text!.ids).toEqual([bos, ...tokenizer.encode('Hello there')]);
  });

  it('counts the bytes of what the assistant wrote', async () => {
    const tokenizer = await withTemplate(record.templates.smollm2);
    expect(sequenceOf(tokenizer, record.chats['other writing']!).bytes).toBe(
      Buffer.byteLength('Größe "q" <b> & \'x\' 🙂'),
    );
  });

  it('has the template of chat_template.jinja before that of the config, and of several the default', async () => {
    const plain = '{% for m in messages %}{{ m.content }}{% endfor %}';
    const named = [
      { name: 'tool_use', template: 'x' },
      { name: 'default', template: plain },
    ];
    for (const tokenizer of [await withTemplate(named), await withTemplate('y', plain)]) {
      expect(tokenizer.decode(sequenceOf(tokenizer, chat).ids)).toBe('Hello thereGeneral answer');
    }
  });

  it('is refused without a template, with a broken one, and in the words of one that refuses', async () => {
    const refusal = async (template: unknown) => {
      const tokenizer = await withTemplate(template);
      return expect(() => sequenceOf(tokenizer, chat));
    };
    (await refusal(undefined)).toThrow(
      'chats.jsonl: chat 1: found messages, but the model has no chat_template',
    );
    (await refusal('{% for %}')).toThrow('the chat template cannot be read');
    (await refusal("{{ raise_exception('Only tools here') }}")).toThrow('chat 1: Only tools here');
    (await refusal('{{ messages[0].content }}')).toThrow('where turn 2 lies in its text cannot be told');
  });
});

describe('createChatTemplate', () => {
  const special = { named: {}, all: ['</s>', '</s><end>'] };
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: 'ho' },
  ];

  it('writes the same date on every day', () => {
    const source =
      "{{ strftime_now('%d %b %Y, %-d %B') }}: {% for m in messages %}{{ m.content }} {% endfor %}";
    expect(createChatTemplate(source, special).render(messages).text).toBe('26 Jul 2024, 26 July: hi ho ');
  });

  it('strips the characters that are named, as Python does', () => {
    const source =
      "{% for m in messages %}{{ ('-\n ' + m.content + ' \n').strip('-\n') + '|' + 'xxaxx'.lstrip('x') + 'xxaxx'.rstrip('x') + ' b '.strip() }}{% endfor %}";
    expect(createChatTemplate(source, special).render(messages.slice(0, 1)).text).toBe(' hi |axxxxab');
  });

  it("learns the longest special token after a turn, and the turn's own header only if the prompt has it not", () => {
    const source =
      '{% for m in messages %}[{{ m.role }}] <think></think>{{ m.content }}\n</s><end>\n{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}';
    const { text, replies } = createChatTemplate(source, special).render(messages);
    expect(replies.map(([begin, end]) => text.slice(begin, end))).toEqual([' <think></think>ho\n</s><end>']);
  });
});
