import type { Template } from '@huggingface/jinja';

// text.strip('\n') takes off line ends only; @huggingface/jinja 0.5 takes off all white space, whatever is in the brackets. Qwen's
// templates have it, so calls with an argument are turned into calls of the functions below.

type Node = Record<string, unknown>;

const FUNCTIONS = {
  strip: (text: string, characters: string) => stripEnd(stripStart(text, characters), characters),
  lstrip: stripStart,
  rstrip: stripEnd,
};
const nameOf = (method: string) => `${method}_characters`;

/** What a template that went through correctStrip is rendered with. */
export const STRIP_FUNCTIONS = Object.fromEntries(
  Object.entries(FUNCTIONS).map(([method, strip]) => [nameOf(method), strip]),
);

/** Turns calls of strip, lstrip and rstrip with an argument into calls of STRIP_FUNCTIONS. */
export function correctStrip(template: Template): void {
  visit(template.parsed as unknown as Node);
}

function visit(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  if ((node as Node).type === 'CallExpression') correctCall(node as Node);
  for (const child of node instanceof Map ? [...node].flat() : Object.values(node)) visit(child);
}

function correctCall(call: Node): void {
  const callee = call.callee as Node;
  const property = callee.property as Node | undefined;
  const args = call.args as unknown[];
  if (callee.type !== 'MemberExpression' || callee.computed === true || args.length === 0) return;
  if (!Object.hasOwn(FUNCTIONS, property!.value as string)) return;
  property!.value = nameOf(property!.value as string);
  call.args = [callee.object, ...args];
  call.callee = property;
}

function stripStart(text: string, characters: string): string {
  const all = [...text];
  const at = all.findIndex((one) => !characters.includes(one));
  return at < 0 ? '' : all.slice(at).join('');
}

function stripEnd(text: string, characters: string): string {
  const all = [...text];
  const at = all.findLastIndex((one) => !characters.includes(one));
  return all.slice(0, at + 1).join('');
}
