import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { progressLine, type TrialProgress } from '../../../src/cli/terminal/progress-bar.js';
import { screenOn } from '../../../src/cli/terminal/screen.js';

const PROGRESS: TrialProgress = {
  ...{ label: 'run-7', step: 24, steps: 60, loss: 3.9124, detail: 'rank 8' },
  ...{ tokensPerSecond: 1240.4, learningRate: 2e-3, gradientNorm: 0.4123 },
  ...{ memoryBytes: 310.2e6, secondsLeft: 12.4 },
};

describe('a progress line', () => {
  it('holds everything where there is room', () => {
    expect(progressLine(PROGRESS, 199)).toBe(
      'run-7  ████████░░░░░░░░░░░░  step 24/60  loss 3.912  12 s left  1,240 tokens/s  310 MB  lr 0.002  grad 0.4123  rank 8',
    );
  });

  it('leaves out what matters least, and narrows its bar', () => {
    expect(progressLine(PROGRESS, 79)).toBe(
      'run-7  ███░░░░░  step 24/60  loss 3.912  12 s left  1,240 tokens/s  rank 8',
    );
    expect(progressLine(PROGRESS, 39)).toBe('step 24/60  loss 3.912  12 s left');
  });

  it('never is longer than the terminal is wide', () => {
    for (let columns = 1; columns < 140; columns++)
      expect(progressLine(PROGRESS, columns).length).toBeLessThanOrEqual(columns);
  });

  it('has no bar in a file, and nothing for what is not known', () => {
    expect(progressLine(PROGRESS, null)).not.toMatch(/[█░]/);
    const unknown = { label: 'x', step: 3, steps: null, loss: null, tokensPerSecond: null, detail: '' };
    expect(progressLine(unknown, 80)).toBe('x  step 3  loss –');
  });
});

describe('a screen', () => {
  function screenOf(properties: { isTTY?: boolean; columns?: number }, now = () => 0) {
    const stream = Object.assign(new PassThrough(), properties) as unknown as NodeJS.WriteStream;
    return {
      screen: screenOn(stream, now),
      written: () => String((stream as unknown as PassThrough).read() ?? ''),
    };
  }

  it('of a file gets whole lines now and then, the last one too, and no control codes', () => {
    let time = 0;
    const { screen, written } = screenOf({}, () => time);
    screen.show(['step 1']);
    time = 10_000;
    screen.show(['step 2']);
    screen.show(['step 3']);
    screen.print('kept');
    screen.show(['step 4']);
    screen.end();
    expect(screen.columns).toBeNull();
    expect(written()).toBe('step 2\nkept\nstep 4\n');
  });

  it('of a terminal replaces its lines, which fit its width', () => {
    const { screen, written } = screenOf({ isTTY: true, columns: 6 });
    expect(screen.columns).toBe(5);
    screen.show(['step 10']);
    screen.show(['step 2']);
    screen.end();
    expect(written()).toBe('step \n\x1b[1A\x1b[0Jstep \n\x1b[1A\x1b[0J');
  });
});
