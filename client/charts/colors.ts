import { scaleLinear } from 'd3-scale';
import { interpolateViridis } from 'd3-scale-chromatic';

const RUN_COLOURS = 10;
const DASHES = ['', '6 3', '2 3', '8 3 2 3'];

/** FNV-1a over the ID: the same run has the same colour on every page, in every picture. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** A CSS colour out of the ten run colours of tokens.css. */
export function runColor(id: string): string {
  return `var(--run-${hashOf(id) % RUN_COLOURS})`;
}

/**
 * Dash patterns for runs that share a colour: the first of a colour is solid, the next dashed, and so on, so that colour is never the
 * only difference. The order of `ids` decides.
 */
export function runDashes(ids: string[]): Map<string, string> {
  const used = new Map<string, number>();
  return new Map(
    ids.map((id) => {
      const color = runColor(id);
      const n = used.get(color) ?? 0;
      used.set(color, n + 1);
      return [id, DASHES[n % DASHES.length]!];
    }),
  );
}

/**
 * Viridis over a goodness in [0, 1] (1 is best), cut so that both ends stand out from the ground: on white the best is dark,
 * on black the best is bright.
 */
export function goodnessColor(goodness: number, theme: 'light' | 'dark' = 'light'): string {
  const g = Math.min(1, Math.max(0, goodness));
  return theme === 'light' ? interpolateViridis(0.88 * (1 - g)) : interpolateViridis(0.25 + 0.75 * g);
}

/**
 * Two hues over a change in [−1, 1] (1 is best): blue where it is better, orange where it is worse, the ground where nothing changed. Both
 * hues are told apart by every kind of colour-blindness.
 */
export function changeColor(gain: number, theme: 'light' | 'dark' = 'light'): string {
  const g = Math.min(1, Math.max(-1, gain));
  const ends = theme === 'light' ? ['#c05a00', '#f4f5f7', '#2356b5'] : ['#e08a3c', '#23282e', '#5b8ff0'];
  return scaleLinear<string>([-1, 0, 1], ends)(g);
}

/** One hue over a share in [0, 1]. */
export function shareColor(share: number, theme: 'light' | 'dark' = 'light'): string {
  return changeColor(Math.min(1, Math.max(0, share)), theme);
}
