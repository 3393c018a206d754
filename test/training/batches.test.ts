import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BatchOrder, packRows } from '../../src/training/batches.js';
import { type Sequence, toSequences } from '../../src/training/sequences.js';
import type { Tokenizer } from '../../src/training/tokenizer.js';

/** One token per character: its code. */
const tokenizer: Tokenizer = {
  encode: (text) => [...text].map((character) => character.charCodeAt(0)),
  decode: (ids) => String.fromCharCode(...ids),
  beginning: [],
  endOfText: 0,
  chatTemplate: null,
  vocabularySize: 128,
};
const options = { tokenizer, sequenceLength: 4, field: 'data.train', path: 'some.jsonl' };

describe('sequences', () => {
  it('predict the completion and the end, given the prompt', () => {
    const [sequence] = toSequences([{ prompt: 'ab', completion: 'cd' }], options);
    expect(sequence).toEqual({ ids: [97, 98, 99, 100, 0], from: 2, bytes: 2 });
  });

  it('predict every token of a text but the first, cut into pieces that share one token', () => {
    const pieces = toSequences([{ prompt: '', completion: 'abcdefghij' }], options);
    expect(pieces.map(({ ids }) => tokenizer.decode(ids))).toEqual(['abcde', 'efghi', 'ij']);
    expect(pieces.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(9);
  });

  it('are refused if an example does not fit or nothing can be predicted', () => {
    expect(() => toSequences([{ prompt: 'abcd', completion: 'e' }], options)).toThrow(
      'some.jsonl: found 1 of 1 examples of up to 5 tokens, expected at most 4 (sequenceLength)',
    );
    expect(() => toSequences([{ prompt: '', completion: 'a' }], options)).toThrow(
      /no example of at least two tokens/,
    );
  });
});

const sequence = fc
  .record({
    ids: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 2, maxLength: 30 }),
    from: fc.nat(28),
  })
  .map(({ ids, from }): Sequence => ({ ids, from: 1 + (from % (ids.length - 1)), bytes: 1 }));

describe('packing', () => {
  it('keeps every token and its target, side by side in one row, seeing only its own sequence', () => {
    fc.assert(
      fc.property(fc.array(sequence, { minLength: 1, maxLength: 12 }), fc.boolean(), (sequences, intoOne) => {
        const packed = packRows(sequences, intoOne);
        const found: string[] = [];
        for (let at = 0; at < packed.inputs.length; at++) {
          const column = at % packed.length;
          const begins = packed.starts[at] === column && packed.inputs[at] !== 0;
          if (!begins) continue;
          let end = at;
          while ((end + 1) % packed.length !== 0 && packed.starts[end + 1] === column) end++;
          const inputs = [...packed.inputs.slice(at, end + 1)];
          const from = 1 + [...packed.weights.slice(at, end + 1)].indexOf(1);
          found.push(JSON.stringify([[...inputs, packed.targets[end]], from]));
        }
        const given = sequences.map(({ ids, from }) => JSON.stringify([ids, from]));
        expect(found.sort()).toEqual(given.sort());
        const predicted = sequences.reduce((sum, { ids, from }) => sum + ids.length - from, 0);
        expect(packed.predicted).toBe(predicted);
        expect(packed.weights.reduce((a, b) => a + b)).toBe(predicted);
      }),
    );
  });

  it('into one row leaves no padding', () => {
    fc.assert(
      fc.property(fc.array(sequence, { minLength: 1, maxLength: 12 }), (sequences) => {
        const { length, inputs, tokens } = packRows(sequences, true);
        expect([length, inputs.length]).toEqual([tokens, tokens]);
      }),
    );
  });

  it('puts short sequences into the room that long ones leave', () => {
    const of = (length: number): Sequence => ({ ids: new Array(length + 1).fill(1), from: 1, bytes: 1 });
    expect(packRows([of(16), of(10), of(6), of(9), of(7)]).inputs.length).toBe(3 * 16);
  });
});

describe('the order of batches', () => {
  it('takes every sequence once an epoch, in another order each, whatever was asked before', () => {
    const order = new BatchOrder(10, 4, 7);
    const steps = [1, 2, 3, 4, 5].flatMap((step) => order.indices(step));
    const [first, second] = [steps.slice(0, 10), steps.slice(10)];
    for (const epoch of [first, second])
      expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(second).not.toEqual(first);
    expect(new BatchOrder(10, 4, 7).indices(3)).toEqual(steps.slice(8, 12));
    expect(new BatchOrder(10, 4, 8).indices(1)).not.toEqual(steps.slice(0, 4));
  });
});
