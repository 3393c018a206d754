import { describe } from '@jest/globals';

const { findPython } = (await import('../../scripts/setup-python.mjs' as string)) as {
  findPython(): string | null;
};

/** With torch, transformers and peft; null where there is none. */
export const python = findPython();
if (!python && !process.env.CI) {
  console.warn(
    'SKIPPED: no Python with torch, transformers and peft (node scripts/setup-python.mjs makes one)',
  );
}
/** Tests that need it. With CI set they are there whatever is missing: let them ask requirePython. */
export const whenPython = python || process.env.CI ? describe : describe.skip;

export function requirePython(): string {
  if (python) return python;
  throw new Error('CI is set, and there is no Python with torch, transformers and peft');
}
