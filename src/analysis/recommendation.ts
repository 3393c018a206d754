import type { Goal } from '../core/metric-value.js';

/** A trial with what its run measured. */
export interface TrialOutcome {
  trialId: string;
  runId: string | null;
  number: number;
  state: string;
  parameters: Record<string, unknown>;
  /** last value of each metric of the run */
  metrics: Record<string, number>;
  trainableParameters?: number | null;
}

export interface RecommendationPolicy {
  /** what is best: the sweep's metric; null: the in-domain loss */
  metric: { name: string; goal: Goal } | null;
  /** largest rise of the base-capability loss, in nats per token */
  baseChangeLimit?: number;
  /** relative differences of the objective up to this count as noise */
  noise?: number;
}

export interface Recommendation {
  trialId: string;
  runId: string;
  number: number;
  why: string;
  /** trials with a result that were passed over because they change the base too much */
  overLimit: number[];
  baseChangeLimit: number;
}

/**
 * A tenth of a nat per token: the perplexity on text that the base model was good at rises by 10.5 %. Chosen, not measured: small enough that a
 * person would call the model unharmed, large enough that a useful learning rate passes. `baseChangeLimit` sets another.
 */
export const BASE_CHANGE_LIMIT = 0.1;
/** With one run per setting the noise between seeds is not known; one per cent of the loss is a cautious guess. */
export const NOISE = 0.01;

const BASE_CHANGE = 'base_capability/change';
const IN_DOMAIN = { name: 'in_domain/loss', goal: 'minimize' } as const;

interface Candidate extends TrialOutcome {
  runId: string;
  /** smaller is better */
  loss: number;
  baseChange: number | undefined;
  size: number | undefined;
}

/**
 * The adapter to take: the best objective among the finished trials that keep the base model's capability within the limit; among those
 * within noise of the best the one with the fewest trainable parameters. If every trial is over the limit, the one that changes the base least.
 * @returns null if no trial has finished with a finite objective
 */
export function recommend(
  trials: readonly TrialOutcome[],
  policy: RecommendationPolicy,
): Recommendation | null {
  const { baseChangeLimit = BASE_CHANGE_LIMIT, noise = NOISE } = policy;
  const metric = policy.metric ?? IN_DOMAIN;
  const candidates = trials.flatMap((trial) => candidateOf(trial, metric));
  if (candidates.length === 0) return null;
  const keeping = candidates.filter(
    ({ baseChange }) => baseChange === undefined || baseChange <= baseChangeLimit,
  );
  const overLimit = candidates.filter((c) => !keeping.includes(c)).map(({ number }) => number);
  const facts = { metric, baseChangeLimit, noise, overLimit, count: candidates.length };
  if (keeping.length === 0) return leastForgetting(candidates, facts);
  const best = keeping.reduce((a, b) => (b.loss < a.loss ? b : a));
  const within = keeping.filter(({ loss }) => loss - best.loss <= noise * Math.abs(best.loss));
  const chosen = within.reduce((a, b) => (isSmaller(b, a) ? b : a), best);
  return recommendation(chosen, facts, whyOf(chosen, best, facts));
}

function candidateOf(trial: TrialOutcome, { name, goal }: { name: string; goal: Goal }): Candidate[] {
  const { runId, state, metrics, parameters, trainableParameters } = trial;
  const value = metrics[name];
  if (runId === null || state !== 'finished' || value === undefined || !Number.isFinite(value)) return [];
  const rank = parameters['lora.rank'];
  const size = trainableParameters ?? (typeof rank === 'number' ? rank : undefined);
  const loss = goal === 'minimize' ? value : -value;
  return [{ ...trial, runId, loss, size, baseChange: metrics[BASE_CHANGE] }];
}

/** Of two that are equally good as far as one can tell: the smaller, then the better. */
function isSmaller(a: Candidate, b: Candidate): boolean {
  if (a.size === undefined || b.size === undefined || a.size === b.size) return a.loss < b.loss;
  return a.size < b.size;
}

interface Facts {
  metric: { name: string; goal: Goal };
  baseChangeLimit: number;
  noise: number;
  overLimit: number[];
  count: number;
}

function recommendation(chosen: Candidate, facts: Facts, why: string): Recommendation {
  const { trialId, runId, number } = chosen;
  const { overLimit, baseChangeLimit } = facts;
  return { trialId, runId, number, why, overLimit, baseChangeLimit };
}

/** NaN is the largest change there is. */
function leastForgetting(candidates: Candidate[], facts: Facts): Recommendation {
  const change = ({ baseChange }: Candidate) => (Number.isFinite(baseChange) ? baseChange! : Infinity);
  const chosen = candidates.reduce((a, b) => (change(b) < change(a) ? b : a));
  const why =
    `Every trial raises the base-capability loss by more than ${facts.baseChangeLimit} nats per token; ` +
    `trial ${chosen.number} raises it least, by ${show(change(chosen))}, with ${goalText(chosen, facts)}.`;
  return recommendation(chosen, facts, why);
}

function whyOf(chosen: Candidate, best: Candidate, facts: Facts): string {
  return [reason(chosen, best, facts), baseSentence(chosen, facts)].filter(Boolean).join(' ');
}

function reason(chosen: Candidate, best: Candidate, facts: Facts): string {
  if (chosen.number === best.number) {
    const others =
      facts.overLimit.length > 0 ? 'trials that keep the base capability' : `${facts.count} trials`;
    return `Best of the ${others}: ${goalText(chosen, facts)}.`;
  }
  const percent = show(100 * facts.noise);
  return (
    `Smallest adapter within ${percent} % of the best (n = 1 run each, so a smaller difference may be noise): ` +
    `${goalText(chosen, facts)} with ${sizeText(chosen)}, against ${goalText(best, facts)} of trial ${best.number} with ${sizeText(best)}.`
  );
}

function baseSentence({ baseChange }: Candidate, { baseChangeLimit, overLimit }: Facts): string {
  if (baseChange === undefined) return '';
  const passedOver = overLimit.length === 0 ? '' : `; over it: ${trialList(overLimit)}`;
  return `Its base-capability loss changes by ${show(baseChange)} (limit ${baseChangeLimit} nats per token${passedOver}).`;
}

function trialList(numbers: number[]): string {
  return `trial${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`;
}

function goalText({ metrics }: Candidate, { metric }: Facts): string {
  return `${metric.name} ${show(metrics[metric.name]!)}`;
}

function sizeText({ trainableParameters, size }: Candidate): string {
  return trainableParameters == null ? `rank ${size}` : `${trainableParameters} trainable parameters`;
}

function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}
