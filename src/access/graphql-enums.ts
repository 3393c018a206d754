import { registerEnumType } from '@nestjs/graphql';
import { GATE_VERDICTS } from '../core/gate-policy.js';
import { EVALUATION_ROLES } from '../core/run-config.js';
import { RUN_STATES, SWEEP_STATES, TRIAL_STATES } from '../core/states.js';

/** The closed word lists of core as GraphQL enums: the name of a value is the value. */
function enumOf<Word extends string>(name: string, words: readonly Word[]): { [key in Word]: key } {
  const values = Object.fromEntries(words.map((word) => [word, word])) as { [key in Word]: key };
  registerEnumType(values, { name });
  return values;
}

export const RunStateEnum = enumOf('RunState', RUN_STATES);
export const TrialStateEnum = enumOf('TrialState', TRIAL_STATES);
export const SweepStateEnum = enumOf('SweepState', SWEEP_STATES);
export const EvaluationRoleEnum = enumOf('EvaluationRole', EVALUATION_ROLES);

export const GateVerdictEnum = enumOf('GateVerdict', GATE_VERDICTS);

export const GoalEnum = enumOf('Goal', ['minimize', 'maximize'] as const);

export const DIRECTIONS = ['asc', 'desc'] as const;
export type Direction = (typeof DIRECTIONS)[number];
export const DirectionEnum = enumOf('Direction', DIRECTIONS);

export const CONDITION_OPS = ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in', 'contains', 'exists'] as const;
export type ConditionOp = (typeof CONDITION_OPS)[number];
export const ConditionOpEnum = enumOf('ConditionOp', CONDITION_OPS);
