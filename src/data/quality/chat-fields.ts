import type { ChatShape } from '../chat-record.js';
import type { RecordProblem } from '../record-problem.js';

interface ChatFields {
  shape: ChatShape;
  prompt: string;
  answer: string;
  isLabel: false;
  emptyParts: string[];
}
interface Turn {
  role: string;
  text: string;
  callsTool: boolean;
}

const ROLES: Record<ChatShape, Record<string, string>> = {
  messages: {
    ...{ system: 'system', developer: 'system', user: 'user', assistant: 'assistant' },
    ...{ tool: 'tool', function: 'tool' },
  },
  conversations: {
    ...{ system: 'system', human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant' },
    ...{ model: 'assistant', tool: 'tool', observation: 'tool', function_call: 'assistant' },
  },
};

/** A conversation: what is asked is all before the last turn of the assistant, which is the answer. */
export function chatFields(turns: unknown, shape: ChatShape): ChatFields | RecordProblem[] {
  if (!Array.isArray(turns) || turns.length === 0) {
    return [{ field: shape, message: `found ${JSON.stringify(turns)?.slice(0, 60)}, expected turns` }];
  }
  const parsed = turns.map((turn, i) => turnOf(turn, shape, `${shape}[${i}]`));
  const problems = parsed.flatMap((turn) => ('field' in turn ? [turn] : []));
  if (problems.length > 0) return problems;
  const sound = parsed as Turn[];
  const wrong = orderProblem(sound, shape);
  if (wrong) return [wrong];
  const last = sound.length - 1;
  const emptyParts = sound.flatMap(({ role, text, callsTool }, i) =>
    text.trim() === '' && role !== 'system' && role !== 'tool' && !callsTool
      ? [`${shape}[${i}] (${role})`]
      : [],
  );
  const before = sound.slice(0, last).map(({ text }) => text);
  return { shape, prompt: before.join('\n'), answer: sound[last]!.text, isLabel: false, emptyParts };
}

function turnOf(turn: unknown, shape: ChatShape, field: string): Turn | RecordProblem {
  if (typeof turn !== 'object' || turn === null || Array.isArray(turn)) {
    return { field, message: `found ${JSON.stringify(turn)}, expected a turn` };
  }
  const values = turn as Record<string, unknown>;
  const [roleKey, textKey] = shape === 'messages' ? ['role', 'content'] : ['from', 'value'];
  const role = values[roleKey];
  if (typeof role !== 'string' || !Object.hasOwn(ROLES[shape], role)) {
    const allowed = Object.keys(ROLES[shape]).join(', ');
    return {
      field: `${field}.${roleKey}`,
      message: `found ${JSON.stringify(role) ?? 'nothing'}, expected ${allowed}`,
    };
  }
  const callsTool = Array.isArray(values.tool_calls) || 'function_call' in values;
  const text = textOf(values[textKey]) ?? (callsTool && values[textKey] == null ? '' : undefined);
  if (text !== undefined) return { role: ROLES[shape][role]!, text, callsTool };
  const found = JSON.stringify(values[textKey])?.slice(0, 60) ?? 'nothing';
  return { field: `${field}.${textKey}`, message: `found ${found}, expected text` };
}

/** Text, or parts of it as vision and tool APIs write them. */
function textOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  const parts = content.map((part) => (part as { text?: unknown } | null)?.text ?? '');
  return parts.every((part) => typeof part === 'string') ? parts.join('\n') : undefined;
}

function orderProblem(turns: Turn[], field: string): RecordProblem | null {
  if (!turns.some(({ role }) => role === 'assistant'))
    return { field, message: 'found no turn of the assistant, expected one to learn from' };
  if (turns.at(-1)!.role !== 'assistant')
    return { field, message: `ends with a turn of the ${turns.at(-1)!.role}, expected the assistant's` };
  if (turns.slice(1).some(({ role }) => role === 'system'))
    return { field, message: 'found a turn of the system in the middle, expected it first' };
  const twice = turns.findIndex(
    ({ role }, i) =>
      i > 0 &&
      role === turns[i - 1]!.role &&
      (role === 'user' || (role === 'assistant' && !turns[i - 1]!.callsTool)),
  );
  if (twice === -1) return null;
  return { field: `${field}[${twice}]`, message: `a second turn of the ${turns[twice]!.role} in a row` };
}
