import { z } from 'zod';

// The `lora:` part of a run config. Names are PEFT's in camel case, and mean what they mean there.

const positiveInt = z.int().positive();

/** Linear layers: Llama's and Qwen's, from c_attn on GPT-2's, and the head of both. */
export const TARGET_MODULES = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
  'c_attn',
  'c_proj',
  'c_fc',
  'lm_head',
] as const;

/** How A and B begin: A uniform and B zero, or from the largest singular values of each weight (Meng et al. 2024, arXiv 2404.02948). */
export const INITIALIZATIONS = ['default', 'pissa'] as const;

/** The end of a module's path: `q_proj`, `mlp.c_proj`, `layers.0.self_attn.q_proj`. What a model lacks is found when it is read. */
const targetModule = z.string().superRefine((name, context) => {
  const last = name.split('.').at(-1)!;
  if ((TARGET_MODULES as readonly string[]).includes(last)) return;
  context.addIssue({ code: 'invalid_value', values: [...TARGET_MODULES], input: name });
});

/** Regular expressions of a module path's end → a value; the first that fits counts. */
function pattern<T extends z.ZodType>(value: T) {
  return z
    .record(z.string(), value)
    .superRefine((map, context) => {
      for (const key of Object.keys(map).filter((key) => !isExpression(key))) {
        context.addIssue({ code: 'custom', path: [key], message: `"${key}" is no regular expression` });
      }
    })
    .prefault({});
}

function isExpression(text: string): boolean {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
}

export const loraConfig = z.strictObject({
  rank: positiveInt.default(8),
  /** the update is scaled by alpha/rank, or alpha/√rank with useRslora */
  alpha: z.number().positive().default(16),
  dropout: z.number().min(0).lt(1).default(0),
  targetModules: z.union([z.literal('all-linear'), z.array(targetModule).min(1)]).default('all-linear'),
  useRslora: z.boolean().default(false),
  /** the length of each output's weights is learned beside their direction (Liu et al. 2024, arXiv 2402.09353) */
  useDora: z.boolean().default(false),
  /** other ranks and alphas for some modules */
  rankPattern: pattern(positiveInt),
  alphaPattern: pattern(z.number().positive()),
  /** ends of paths of modules that are trained whole and saved beside A and B, e.g. lm_head, embed_tokens, norm */
  modulesToSave: z.array(z.string().min(1)).prefault([]),
  initialization: z.enum(INITIALIZATIONS).default('default'),
  /** biases stay as they are: PEFT's other values leave a base that is no longer the base without its adapter */
  bias: z.literal('none').default('none'),
});
