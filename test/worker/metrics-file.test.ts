import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MetricsFile } from '../../src/worker/metrics-file.js';

let path: string;
let file: MetricsFile;

beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'ranksweep-metrics-')), 'metrics.jsonl');
  file = new MetricsFile(path, () => 1000);
});

describe('the metrics file of a command', () => {
  it('may not be there yet', async () => {
    expect(await file.read()).toEqual({ points: [], complaints: [] });
  });

  it('is read once, as far as its lines are complete', async () => {
    appendFileSync(path, '{"metric":"loss","step":1,"value":2.5}\n{"metric":"lo');
    expect((await file.read()).points).toEqual([{ metric: 'loss', step: 1, value: 2.5, time: 1000 }]);
    expect((await file.read()).points).toEqual([]);
    appendFileSync(path, 'ss","step":2,"value":2.25,"time":7}');
    expect((await file.read()).points).toEqual([]);
    expect((await file.readToEnd()).points).toEqual([{ metric: 'loss', step: 2, value: 2.25, time: 7 }]);
  });

  it('is cut inside of a character without harm', async () => {
    const bytes = Buffer.from('{"metric":"verlust/µ","step":1,"value":1}\n');
    const middle = bytes.indexOf(0xc2) + 1;
    appendFileSync(path, bytes.subarray(0, middle));
    await file.read();
    appendFileSync(path, bytes.subarray(middle));
    expect((await file.read()).points[0]!.metric).toBe('verlust/µ');
  });

  it('keeps NaN and infinities, as text and as Python writes them', async () => {
    appendFileSync(
      path,
      '{"metric": "a", "step": 1, "value": NaN}\n{"metric":"a","step":2,"value":-Infinity}\n',
    );
    appendFileSync(path, '{"metric":"a","step":3,"value":"Infinity"}\n');
    const values = (await file.read()).points.map(({ value }) => value);
    expect(values).toEqual([Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });

  it('complains about each line that is no point, and reads on', async () => {
    appendFileSync(path, 'loss 3\n{"metric":"","step":1,"value":1}\n{"metric":"a","step":"1","value":1}\n\n');
    appendFileSync(path, '{"metric":"a","step":1,"value":null}\n{"metric":"a","step":1,"value":1}\n');
    const { points, complaints } = await file.read();
    expect(points).toHaveLength(1);
    expect(complaints).toEqual([
      'metrics line 1: found "loss 3", expected {"metric": "loss", "step": 1, "value": 0.5}',
      'metrics line 2: metric: found "", expected a name of at most 200 characters',
      'metrics line 3: step: found "1", expected a number',
      'metrics line 5: value: found null, expected a number',
    ]);
  });
});
