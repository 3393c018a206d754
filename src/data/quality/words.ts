const { imul } = Math;

/** What exact duplicates share: Unicode NFC, white space trimmed and each run of it one space. */
export function exactText(text: string): string {
  return text.normalize('NFC').trim().replace(/\s+/g, ' ');
}

const OUTER_MARKS =
  /^(?:[.,!?;:"'()[\]{}…“”‘’«»`*_~¿¡。，！？]|-(?!\d))+|[.,!?;:"'()[\]{}…“”‘’«»`*_~。，！？-]+$/g;

/**
 * The words of a text, case folded (NFKC), without the marks around them. Marks within stay (2+2 is not 2-2). A text without spaces
 * (Chinese, Japanese, Thai) is cut into its characters.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const token of text.normalize('NFKC').toLowerCase().split(/\s+/)) {
    const word = token.replace(OUTER_MARKS, '');
    if (word === '') continue;
    if (/[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]/.test(word)) words.push(...word);
    else words.push(word);
  }
  return words;
}

/** 32 bits of a word. */
export function hash32(text: string): number {
  let a = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) a = imul(a ^ text.charCodeAt(i), 0x01000193);
  return mixed(a);
}

/** The finaliser of MurmurHash3: every bit of the input reaches every bit of the output. */
export function mixed(x: number): number {
  x = imul(x ^ (x >>> 16), 0x85ebca6b);
  x = imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
