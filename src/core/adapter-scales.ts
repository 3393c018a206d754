/** How many modules of an adapter have which effective scale. */
export interface ScaleCount {
  scale: number;
  modules: number;
}

/** In the order of the first module of each. @param scales by module path */
export function countScales(scales: ReadonlyMap<string, number>): ScaleCount[] {
  const counts = new Map<number, number>();
  for (const scale of scales.values()) counts.set(scale, (counts.get(scale) ?? 0) + 1);
  return [...counts].map(([scale, modules]) => ({ scale, modules }));
}

/** `scale 2 on 28 modules, 0.75 on 4` */
export function scalesText(counts: readonly ScaleCount[]): string {
  const parts = counts.map(({ scale, modules }) => [String(Number(scale.toPrecision(6))), modules] as const);
  const [first, ...rest] = parts.map(([scale, modules], i) =>
    i > 0 ? `${scale} on ${modules}` : `scale ${scale} on ${modules} module${modules === 1 ? '' : 's'}`,
  );
  return [first ?? 'no module', ...rest].join(', ');
}

/** Those that a run recorded; none if it says nothing of the kind. */
export function readScaleCounts(value: unknown): ScaleCount[] {
  if (!Array.isArray(value)) return [];
  return value.filter(({ scale, modules } = {}) => typeof scale === 'number' && typeof modules === 'number');
}
