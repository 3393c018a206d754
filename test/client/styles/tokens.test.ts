import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';

const css = readFileSync('client/styles/tokens.css', 'utf8');

/** The custom properties of the block that begins with a selector. */
function tokensOf(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`);
  const block = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  );
}

/** Relative luminance and contrast after WCAG 2.2. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ...['ink', 'ink-soft', 'ink-faint', 'accent', 'failure', 'attention', 'good'].map((ink) => [ink, 'ground']),
  ...['ink', 'ink-soft', 'ink-faint'].flatMap((ink) => [
    [ink, 'panel'],
    [ink, 'accent-soft'],
  ]),
  ...['accent', 'failure', 'attention', 'good'].map((ink) => [ink, `${ink}-soft`]),
  ['ink-soft', 'hover'],
] as [string, string][];

describe.each([
  ['light', ':root'],
  ['dark', ':is(:root, figure)[data-theme="dark"]'],
])('%s', (_, selector) => {
  const tokens = tokensOf(selector);

  test.each(TEXT)('text in %s on %s has a contrast of 4.5 or more', (ink, ground) => {
    expect(contrast(tokens[ink]!, tokens[ground]!)).toBeGreaterThanOrEqual(4.5);
  });

  test('the ten run colours are distinct and have a contrast of 3 or more', () => {
    const colours = Array.from({ length: 10 }, (_, n) => tokens[`run-${n}`]!);
    expect(new Set(colours).size).toBe(10);
    for (const colour of colours) expect(contrast(colour, tokens.ground!)).toBeGreaterThanOrEqual(3);
  });
});
