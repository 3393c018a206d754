/**
 * A search space in one normal form, whatever way the YAML said it. Names are dotted paths (`optimizer.learningRate`).
 *
 * constant     always `value`
 * categorical  one of `values` (any JSON values); all equally likely unless `probabilities` are given
 * float        between min and max (both included) on the scale; with `quantum` q only multiples of q; with `count` a grid of that many points
 * int          a whole number between min and max (both included)
 * normal       normal with `mean` and `deviation`, unbounded; scale log: the exponential of that (log-normal)
 * beta         the Beta(a, b) distribution on [0, 1]
 */
export type ParameterSpec =
  | ConstantParameter
  | CategoricalParameter
  | FloatParameter
  | IntParameter
  | NormalParameter
  | BetaParameter;

export interface ConstantParameter {
  kind: 'constant';
  name: string;
  value: unknown;
}
export interface CategoricalParameter {
  kind: 'categorical';
  name: string;
  values: unknown[];
  probabilities?: number[];
}
/** linear: x uniform; log: ln x uniform; inverse_log: ln(1/x) uniform counted from the top, W&B's inv_log_uniform */
export type Scale = 'linear' | 'log' | 'inverse_log';
export interface FloatParameter {
  kind: 'float';
  name: string;
  min: number;
  max: number;
  scale: Scale;
  quantum?: number;
  count?: number;
}
export interface IntParameter {
  kind: 'int';
  name: string;
  min: number;
  max: number;
  scale: 'linear' | 'log';
  count?: number;
}
export interface NormalParameter {
  kind: 'normal';
  name: string;
  mean: number;
  deviation: number;
  scale: 'linear' | 'log';
  quantum?: number;
}
export interface BetaParameter {
  kind: 'beta';
  name: string;
  a: number;
  b: number;
  quantum?: number;
}

/** Parameters in the order of the file; a grid counts the last one fastest. */
export type SearchSpace = readonly ParameterSpec[];

/** One point of a space: dotted name → value. */
export type Parameters = Record<string, unknown>;
