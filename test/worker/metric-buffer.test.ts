import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MetricBuffer } from '../../src/worker/metric-buffer.js';

const point = (step: number, value = step) => ({ metric: 'loss', step, value, time: 0 });

describe('a metric buffer', () => {
  it('gives the same batch, number and content, until it is acknowledged', () => {
    const buffer = new MetricBuffer();
    buffer.addPoints([point(1)]);
    buffer.addLines(['one']);
    const first = buffer.next();
    buffer.addPoints([point(2)]);
    buffer.addLines(['two']);
    expect(buffer.next()).toEqual(first);
    expect(first).toMatchObject({ batch: 1, points: [{ step: 1 }], log: ['one'] });
    buffer.acknowledge(1);
    expect(buffer.next()).toMatchObject({ batch: 2, points: [{ step: 2 }], log: ['two'] });
  });

  it('ignores an acknowledgement of another batch', () => {
    const buffer = new MetricBuffer();
    buffer.addPoints([point(1)]);
    buffer.next();
    buffer.acknowledge(2);
    expect(buffer.isEmpty).toBe(false);
    expect(buffer.next().batch).toBe(1);
  });

  it('numbers empty batches too: a sign of life is delivered once like any other', () => {
    const buffer = new MetricBuffer();
    expect(buffer.next()).toEqual({ batch: 1, points: [], log: [] });
    buffer.acknowledge(1);
    expect(buffer.next().batch).toBe(2);
  });

  it('sends NaN and infinities as JSON can carry them', () => {
    const buffer = new MetricBuffer();
    buffer.addPoints([point(1, Number.NaN), point(2, Number.POSITIVE_INFINITY)]);
    expect(buffer.next().points.map(({ value }) => value)).toEqual(['NaN', 'Infinity']);
  });

  it('delivers everything once and in order, whatever gets lost on the way', () => {
    const script = fc.array(fc.oneof(fc.integer({ min: 0, max: 7 }), fc.constantFrom('lost', 'delivered')));
    fc.assert(
      fc.property(script, (events) => {
        const buffer = new MetricBuffer({ points: 3, lines: 2 });
        const server = new Map<number, number[]>();
        let logged = 0;
        const send = (answerArrives: boolean) => {
          const { batch, points } = buffer.next();
          if (!server.has(batch))
            server.set(
              batch,
              points.map(({ step }) => step),
            );
          if (answerArrives) buffer.acknowledge(batch);
        };
        for (const event of events) {
          if (typeof event === 'number')
            buffer.addPoints(Array.from({ length: event }, () => point(logged++)));
          else send(event === 'delivered');
        }
        while (!buffer.isEmpty) send(true);
        expect([...server.values()].flat()).toEqual(Array.from({ length: logged }, (_, i) => i));
        expect([...server.keys()]).toEqual(Array.from({ length: server.size }, (_, i) => i + 1));
      }),
      { seed: 7 },
    );
  });
});

it('the buffer of a run that goes on counts from where the server is', () => {
  const buffer = new MetricBuffer(undefined, 7);
  buffer.addPoints([point(1)]);
  expect(buffer.next().batch).toBe(8);
});
