import type { RecordProblem } from './record-problem.js';

/** One turn of a conversation. */
export interface Message {
  role: string;
  content: string;
}

// {"messages": [{"role", "content"}]} as OpenAI and Hugging Face have it, {"conversations": [{"from", "value"}]} as ShareGPT.

export type ChatShape = 'messages' | 'conversations';

interface Keys {
  role: string;
  content: string;
  /** the role that a name stands for */
  roles: Record<string, string>;
}

const KEYS: Record<ChatShape, Keys> = {
  messages: {
    role: 'role',
    content: 'content',
    roles: { system: 'system', developer: 'developer', user: 'user', assistant: 'assistant' },
  },
  conversations: {
    role: 'from',
    content: 'value',
    roles: { system: 'system', human: 'user', user: 'user', gpt: 'assistant', assistant: 'assistant' },
  },
};

export const CHAT_SHAPES = Object.keys(KEYS) as ChatShape[];

/** The turns of a record, or every problem with it: what is learnt are the assistant's turns, so that there must be one. */
export function parseChat(record: Record<string, unknown>, shape: ChatShape): Message[] | RecordProblem[] {
  const unknown = Object.keys(record).filter((key) => key !== shape);
  const problems = unknown.map((field) => ({ field, message: `unknown key, expected ${shape} alone` }));
  const turns = record[shape];
  if (!Array.isArray(turns) || turns.length === 0) {
    return [...problems, { field: shape, message: `found ${shown(turns)}, expected turns` }];
  }
  problems.push(...turns.flatMap((turn, i) => turnProblems(turn, KEYS[shape], `${shape}[${i}]`)));
  if (problems.length > 0) return problems;
  const messages = turns.map((turn) => toMessage(turn, KEYS[shape]));
  if (messages.some(({ role }) => role === 'assistant')) return messages;
  return [{ field: shape, message: 'found no turn of the assistant, expected one to learn from' }];
}

function toMessage(turn: Record<string, string>, { role, content, roles }: Keys): Message {
  return { role: roles[turn[role]!]!, content: turn[content]! };
}

function turnProblems(turn: unknown, { role, content, roles }: Keys, field: string): RecordProblem[] {
  if (typeof turn !== 'object' || turn === null || Array.isArray(turn)) {
    return [{ field, message: `found ${shown(turn)}, expected {"${role}", "${content}"}` }];
  }
  const values = turn as Record<string, unknown>;
  const unknown = Object.keys(values).filter((key) => key !== role && key !== content);
  const problems = unknown.map((key) => ({
    field: `${field}.${key}`,
    message: `unknown key, expected ${role} and ${content}`,
  }));
  const [who, what] = [values[role], values[content]];
  if (!(typeof who === 'string' && Object.hasOwn(roles, who))) {
    problems.push({
      field: `${field}.${role}`,
      message: `found ${shown(who)}, expected ${Object.keys(roles).join(', ')}`,
    });
  }
  if (typeof what !== 'string') {
    problems.push({ field: `${field}.${content}`, message: `found ${shown(what)}, expected text` });
  } else if (what.trim() === '' && (who === 'assistant' || who === 'gpt')) {
    problems.push({ field: `${field}.${content}`, message: 'empty, expected some text' });
  }
  return problems;
}

const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};
