/** The day that Llama 3's template falls back to. */
const PARTS: Record<string, string> = {
  ...{ Y: '2024', y: '24', m: '07', B: 'July', b: 'Jul', d: '26', e: '26', A: 'Friday', a: 'Fri', j: '208' },
  ...{ H: '00', I: '12', M: '00', S: '00', p: 'AM', '%': '%' },
};

/** strftime of chat templates, for a day that does not change: the same data gives the same tokens on every day. */
export function fixedStrftime(format: string): string {
  return format.replace(/%-?([a-zA-Z%])/g, (whole, letter: string) => PARTS[letter] ?? whole);
}
