const WIDTH = 100;

/** A text cut into lines between words, each behind the indent. */
export function wrapped(text: string, indent = '', width = WIDTH): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last !== '' && indent.length + last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => indent + line).join('\n');
}
