import { canonicalJson } from '../core/canonical-json.js';
import type { Goal } from '../core/metric-value.js';
import { constraintText, excess, keepsAll, type OutcomeConstraint, type Outcomes } from '../core/outcome.js';
import { pooledDeviation } from '../core/pooled-deviation.js';

/** A trial with what its run measured. */
export interface TrialOutcome {
  trialId: string;
  runId: string | null;
  number: number;
  state: string;
  parameters: Record<string, unknown>;
  /** which repetition of its parameters, with another seed; default 0 */
  replicate?: number;
  /** last value of each metric of the run */
  metrics: Record<string, number>;
  trainableParameters?: number | null;
  /** what the sweep looks at, by name, facts of the record included */
  outcomes?: Outcomes;
  /** the objective without its noise, as the search's model believes it: a lucky value is not taken for a good one */
  believed?: number | undefined;
}

export interface RecommendationPolicy {
  /** what is best: the sweep's metric; null: the in-domain loss */
  metric: { name: string; goal: Goal } | null;
  /** limits that a trial must keep */
  constraints?: readonly OutcomeConstraint[];
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

export const BASE_CHANGE = 'base_capability/change';
const IN_DOMAIN = { name: 'in_domain/loss', goal: 'minimize' } as const;

interface Candidate extends TrialOutcome {
  runId: string;
  /** smaller is better */
  loss: number;
  baseChange: number | undefined;
  size: number | undefined;
  /** losses of all finished runs of these parameters; `loss` is their mean */
  losses: number[];
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
  const { baseChangeLimit = BASE_CHANGE_LIMIT } = policy;
  const metric = policy.metric ?? IN_DOMAIN;
  const candidates = joinSeeds(trials.flatMap((trial) => candidateOf(trial, metric)));
  if (candidates.length === 0) return null;
  const { constraints = [] } = policy;
  const feasible = candidates.filter((c) => keepsAll(constraints, c.outcomes ?? {}) === true);
  if (feasible.length === 0) return nearestToLimits(candidates, constraints, { metric, baseChangeLimit });
  return recommendAmong(feasible, policy, constraints);
}

function recommendAmong(
  candidates: Candidate[],
  policy: RecommendationPolicy,
  constraints: readonly OutcomeConstraint[],
): Recommendation {
  const { baseChangeLimit = BASE_CHANGE_LIMIT, noise = NOISE } = policy;
  const metric = policy.metric ?? IN_DOMAIN;
  const keeping = candidates.filter(
    ({ baseChange }) => baseChange === undefined || baseChange <= baseChangeLimit,
  );
  const overLimit = candidates.filter((c) => !keeping.includes(c)).map(({ number }) => number);
  const spread = pooledDeviation(candidates.map(({ losses }) => losses));
  const facts = {
    ...{ metric, baseChangeLimit, noise, overLimit, count: candidates.length, spread, ties: [], constraints },
  };
  if (keeping.length === 0) return leastForgetting(candidates, facts);
  const best = keeping.reduce((a, b) => (b.loss < a.loss ? b : a));
  const isTie = ({ loss, losses }: Candidate) =>
    spread === null
      ? loss - best.loss <= noise * Math.abs(best.loss)
      : loss - best.loss <= 2 * spread * Math.sqrt(1 / losses.length + 1 / best.losses.length);
  const within = keeping.filter(isTie);
  const chosen = within.reduce((a, b) => (isSmaller(b, a) ? b : a), best);
  const ties = within.filter((c) => c !== chosen).map(({ number }) => number);
  return recommendation(chosen, facts, whyOf(chosen, best, { ...facts, ties }));
}

function candidateOf(trial: TrialOutcome, { name, goal }: { name: string; goal: Goal }): Candidate[] {
  const { runId, state, metrics, parameters, trainableParameters } = trial;
  const value = metrics[name];
  if (runId === null || state !== 'finished' || value === undefined || !Number.isFinite(value)) return [];
  const rank = parameters['lora.rank'];
  const size = trainableParameters ?? (typeof rank === 'number' ? rank : undefined);
  const loss = goal === 'minimize' ? (trial.believed ?? value) : -(trial.believed ?? value);
  return [{ ...trial, runId, loss, size, baseChange: metrics[BASE_CHANGE], losses: [loss] }];
}

/** Of two that are equally good as far as one can tell: the smaller, then the better. */
function isSmaller(a: Candidate, b: Candidate): boolean {
  if (a.size === undefined || b.size === undefined || a.size === b.size) return a.loss < b.loss;
  return a.size < b.size;
}

/** One candidate for each setting: the run nearest to the mean of its seeds, so that luck is not taken along, with the worst change of the base. */
function joinSeeds(candidates: Candidate[]): Candidate[] {
  if (candidates.every(({ replicate }) => !replicate)) return candidates;
  const keys = candidates.map(({ parameters }) => canonicalJson(parameters));
  const groups = [...new Set(keys)].map((key) => candidates.filter((_, i) => keys[i] === key));
  return groups.map((group) => {
    if (group.length === 1) return group[0]!;
    const loss = group.reduce((sum, c) => sum + c.loss / group.length, 0);
    const nearest = group.reduce((a, b) => (Math.abs(b.loss - loss) < Math.abs(a.loss - loss) ? b : a));
    const outcomes = meansOf(group.map((c) => c.outcomes ?? {}));
    const changes = group.flatMap(({ baseChange }) => baseChange ?? []);
    const baseChange = changes.length === 0 ? undefined : Math.max(...changes);
    return { ...nearest, loss, outcomes, baseChange, losses: group.map((c) => c.loss) };
  });
}

function meansOf(all: readonly Outcomes[]): Outcomes {
  const names = [...new Set(all.flatMap((outcomes) => Object.keys(outcomes)))];
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value / values.length, 0);
  return Object.fromEntries(
    names.map((name) => [name, mean(all.flatMap((outcomes) => outcomes[name] ?? []))]),
  );
}

interface Facts {
  metric: { name: string; goal: Goal };
  baseChangeLimit: number;
  noise: number;
  overLimit: number[];
  count: number;
  /** between seeds; null: unknown */
  spread: number | null;
  /** trials that are as good as the chosen one, as far as one can tell */
  ties: number[];
  constraints: readonly OutcomeConstraint[];
}

function recommendation(
  chosen: Candidate,
  facts: Pick<Facts, 'overLimit' | 'baseChangeLimit'>,
  why: string,
): Recommendation {
  const { trialId, runId, number } = chosen;
  const { overLimit, baseChangeLimit } = facts;
  return { trialId, runId, number, why, overLimit, baseChangeLimit };
}

/** The one that breaks its limits least, in the sum of what each is exceeded by, measured by the bound. */
function nearestToLimits(
  candidates: Candidate[],
  constraints: readonly OutcomeConstraint[],
  facts: Pick<Facts, 'metric' | 'baseChangeLimit'>,
): Recommendation {
  const brokenBy = ({ outcomes = {} }: Candidate) =>
    constraints.reduce((sum, constraint) => {
      const over = excess(outcomes[constraint.name] ?? Number.NaN, constraint);
      return sum + (Number.isNaN(over) ? Infinity : Math.max(0, over) / (Math.abs(constraint.bound) || 1));
    }, 0);
  const chosen = candidates.reduce((a, b) => (brokenBy(b) < brokenBy(a) ? b : a));
  const values = constraints.map(({ name }) => `${name} ${show(chosen.outcomes?.[name] ?? Number.NaN)}`);
  const why =
    `No trial keeps ${constraints.map(constraintText).join(' and ')}; trial ${chosen.number} comes nearest, ` +
    `with ${values.join(', ')} and ${goalText(chosen, facts)}.`;
  return recommendation(chosen, { ...facts, overLimit: [] }, why);
}

/** Said where there are limits. */
function limitSentence({ outcomes }: Candidate, { constraints }: Facts): string {
  if (constraints.length === 0) return '';
  const kept = constraints.map(
    (one) => `${constraintText(one)} (${show(outcomes?.[one.name] ?? Number.NaN)})`,
  );
  return `It keeps ${kept.join(' and ')}.`;
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
  return [
    reason(chosen, best, facts),
    limitSentence(chosen, facts),
    tieSentence(facts),
    baseSentence(chosen, facts),
  ]
    .filter(Boolean)
    .join(' ');
}

function reason(chosen: Candidate, best: Candidate, facts: Facts): string {
  if (chosen.number === best.number) {
    const others =
      facts.overLimit.length > 0 ? 'trials that keep the base capability' : `${facts.count} trials`;
    return `Best of the ${others}: ${goalText(chosen, facts)}.`;
  }
  if (facts.spread !== null) {
    return `Smallest adapter that is not distinguishable from the best: ${goalText(chosen, facts)} with ${sizeText(chosen)}, against ${goalText(best, facts)} of trial ${best.number} with ${sizeText(best)}.`;
  }
  const percent = show(100 * facts.noise);
  return (
    `Smallest adapter within ${percent} % of the best (n = 1 run each, so a smaller difference may be noise): ` +
    `${goalText(chosen, facts)} with ${sizeText(chosen)}, against ${goalText(best, facts)} of trial ${best.number} with ${sizeText(best)}.`
  );
}

/** Said only where the noise is measured. */
function tieSentence({ spread, ties }: Facts): string {
  if (spread === null || ties.length === 0) return '';
  return `A tie with ${trialList(ties)}: the difference is within the noise between seeds (standard deviation ${show(spread)}).`;
}

function baseSentence({ baseChange }: Candidate, { baseChangeLimit, overLimit }: Facts): string {
  if (baseChange === undefined) return '';
  const passedOver = overLimit.length === 0 ? '' : `; over it: ${trialList(overLimit)}`;
  return `Its base-capability loss changes by ${show(baseChange)} (limit ${baseChangeLimit} nats per token${passedOver}).`;
}

function trialList(numbers: number[]): string {
  return `trial${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}`;
}

function goalText({ metrics, loss, losses }: Candidate, { metric }: Pick<Facts, 'metric'>): string {
  if (losses.length === 1) return `${metric.name} ${show(metrics[metric.name]!)}`;
  const sign = metric.goal === 'minimize' ? 1 : -1;
  const squares = losses.reduce((sum, one) => sum + (one - loss) ** 2, 0);
  const deviation = Math.sqrt(squares / (losses.length - 1));
  return `${metric.name} ${show(sign * loss)} ± ${Number(deviation.toPrecision(2))} (n = ${losses.length} seeds)`;
}

function sizeText({ trainableParameters, size }: Candidate): string {
  return trainableParameters == null ? `rank ${size}` : `${trainableParameters} trainable parameters`;
}

function show(value: number): string {
  return String(Number(value.toPrecision(4)));
}
