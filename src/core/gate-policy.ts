import { z } from 'zod';
import { EVALUATION_ROLES } from './run-config.js';

/**
 * What an adapter must show before it may be shipped, declared once. A requirement names one evaluation set, or a role and so each set in it, and
 * a score, and says one thing about it. Gains are in the units of the score and positive where the adapter is better than the base.
 */
const amount = z.union([
  z.number(),
  z.string().regex(/^\d+(\.\d+)?\s*%$/, 'a number, or a share of the base like "2%"'),
]);
const fraction = z.number().gt(0).lt(1);

/** What can be asked of a score; exactly one of them in each requirement. */
export const DEMANDS = ['gainAtLeast', 'noWorseThan', 'meanAtMost', 'meanAtLeast', 'none'] as const;
export type Demand = (typeof DEMANDS)[number];

const requirement = z
  .strictObject({
    /** of an evaluation */
    set: z.string().min(1).nullable().default(null),
    role: z.enum(EVALUATION_ROLES).nullable().default(null),
    score: z.string().min(1).default('bits_per_byte'),
    /** better than the base by this much */
    gainAtLeast: amount.nullable().default(null),
    /** worse than the base by this much at most: 0 or more */
    noWorseThan: amount.nullable().default(null),
    /** of the adapter itself, whatever the base does: a rate of forbidden outputs, say */
    meanAtMost: z.number().nullable().default(null),
    meanAtLeast: z.number().nullable().default(null),
    /** no item scores anything but 0: no forbidden output at all */
    none: z.literal(true).nullable().default(null),
    /** also of each group of items by itself */
    eachGroup: z.boolean().default(false),
    /** items of one group were not drawn independently: several questions on one text, turns of one chat */
    clustered: z.boolean().default(false),
  })
  .refine(({ set, role }) => (set === null) !== (role === null), {
    path: ['set'],
    message: 'give exactly one of set and role',
  })
  .refine((one) => DEMANDS.filter((demand) => one[demand] !== null).length === 1, {
    path: ['gainAtLeast'],
    message: `give exactly one of ${DEMANDS.join(', ')}`,
  })
  .refine(({ noWorseThan }) => typeof noWorseThan !== 'number' || noWorseThan >= 0, {
    path: ['noWorseThan'],
    message: 'expected 0 or more: how much worse is still allowed',
  })
  .refine(({ eachGroup, clustered }) => !(eachGroup && clustered), {
    path: ['clustered'],
    message: 'a group is either looked at by itself (eachGroup) or is one draw (clustered), not both',
  });

export const gatePolicySchema = z.strictObject({
  name: z.string().min(1).default('policy'),
  /** of shipping rightly: an adapter that misses any requirement is shipped in 1 − confidence of the cases at most */
  confidence: fraction.min(0.5).default(0.95),
  /** with fewer items, or groups where they are clustered, there is not enough evidence: no bound holds its level then */
  minimumItems: z.int().min(5).default(50),
  /** chance that is planned for when it says how many more items are needed */
  power: fraction.default(0.8),
  requirements: z.array(requirement).min(1),
});

export const GATE_VERDICTS = ['ship', 'do_not_ship', 'not_enough_evidence'] as const;
export type GateVerdictWord = (typeof GATE_VERDICTS)[number];

/** A complete policy: every default filled in. */
export type GatePolicy = z.infer<typeof gatePolicySchema>;
export type GatePolicyInput = z.input<typeof gatePolicySchema>;
export type GateRequirement = GatePolicy['requirements'][number];

/** What a requirement asks, and of how much; a share of the base is relative. */
export interface DemandOf {
  demand: Demand;
  amount: number;
  isRelative: boolean;
}

export function demandOf(requirement: GateRequirement): DemandOf {
  const demand = DEMANDS.find((one) => requirement[one] !== null)!;
  const given = requirement[demand];
  if (typeof given === 'string') return { demand, amount: Number.parseFloat(given) / 100, isRelative: true };
  return { demand, amount: given === true ? 0 : (given as number), isRelative: false };
}
