import { RanksweepError } from '../../core/errors.js';
import type { OutcomeConstraint } from '../../core/outcome.js';
import type { Parameters, SearchSpace } from '../../core/search-space.js';
import { isFeasible } from '../../search/aim.js';
import { isSeveral } from '../../search/aim-of-sweep.js';
import { encodedSpace } from '../../search/encode.js';
import { bestBelieved } from '../../search/incumbent.js';
import { predictStopped } from '../../search/pruners/curve.js';
import type { TrialCurve } from '../../search/pruners/pruner.js';
import { referenceToFix } from '../../search/reference-point.js';
import { pointKey, type SearchPolicy, type TrialRecord } from '../../search/sampler.js';
import { suggest } from '../../search/suggest.js';
import { trialFront } from '../../search/trial-front.js';
import type { Answer, Message, Start, Tell } from './messages.js';
import { spaceOf, withGridCounts } from './space.js';

/** What one `start` opened: the only state is the history, as on the server. */
interface Search {
  space: SearchSpace;
  policy: SearchPolicy;
  seed: number;
  history: TrialRecord[];
  /** of the trials that were told one, by their place in the history */
  curves: Map<number, TrialCurve>;
}

/** Answers the messages of the protocol one after the other; every `start` forgets everything before it. */
export class Conversation {
  private search: Search | undefined;

  constructor(private readonly method: SearchPolicy['method']) {}

  /** undefined: the conversation has ended */
  answer(message: Message): Answer | undefined {
    if (message.type === 'exit') return undefined;
    if (message.type === 'start') {
      this.search = searchOf(message, this.method);
      return nextTrial(this.search);
    }
    if (this.search === undefined) throw new RanksweepError('INVALID_INPUT', `${message.type} before start`);
    if (message.type === 'ask') return nextTrial(this.search);
    if (message.type === 'recommend') return recommendation(this.search);
    record(this.search, message);
    return (message.remaining ?? 1) > 0 ? nextTrial(this.search) : { type: 'done' };
  }
}

function searchOf(start: Start, method: SearchPolicy['method']): Search {
  const { space, budget, seed, goal, defaults, objectives } = start;
  const whole = spaceOf(space);
  const policy = {
    ...{ method, goal: objectives?.[0]?.goal ?? goal, runCap: budget ?? null, defaults: defaults ?? null },
    ...(objectives && { objectives }),
    ...(start.limits && { outcomeConstraints: start.limits.map(constraintOf) }),
  };
  return {
    space: method === 'grid' ? withGridCounts(whole, budget ?? 1) : whole,
    policy,
    seed,
    history: [],
    curves: new Map(),
  };
}

function constraintOf(limit: NonNullable<Start['limits']>[number]): OutcomeConstraint {
  const { name } = limit;
  return 'max' in limit
    ? { name, side: 'at most', bound: limit.max }
    : { name, side: 'at least', bound: limit.min };
}

/** When a finite space is used up the best point is tried again: the protocol has no word for it, and with noise a repeat is worth most there. */
function nextTrial(search: Search): Answer {
  const { space, seed, history } = search;
  const policy = withReference(search);
  const suggestion = suggest(space, history, policy, seed);
  const params = 'params' in suggestion ? suggestion.params : recommended(search);
  history.push({ params, state: 'running' });
  return { type: 'suggest', params };
}

/** As on the server the reference point is fixed once. */
function withReference(search: Search): SearchPolicy {
  const { space, policy, history } = search;
  if (policy.objectives === undefined || policy.referencePoint) return policy;
  const referencePoint = referenceToFix(history, policy, encodedSpace(space).dimensions.length);
  if (referencePoint !== null) search.policy = { ...policy, referencePoint };
  return search.policy;
}

const STATES = { complete: 'finished', diverged: 'diverged', stopped: 'stopped', failed: 'failed' } as const;

/** Ends the pending trial of these parameters; a point from elsewhere is added. */
function record(search: Search, tell: Tell): void {
  const { history, curves } = search;
  const { params, status } = tell;
  const outcomes = outcomesOf(tell, search.policy);
  const value = search.policy.objectives ? outcomes?.[search.policy.objectives[0]!.name] : tell.value;
  const key = pointKey(params);
  const pending = history.findIndex((trial) => trial.state === 'running' && pointKey(trial.params) === key);
  const at = pending < 0 ? history.length : pending;
  curves.set(at, curveOf(at, tell, search.policy));
  const told = {
    ...{ params, state: STATES[status] },
    ...(value !== undefined && { value }),
    ...(outcomes !== undefined && { outcomes }),
  };
  history[at] = status === 'stopped' ? { ...told, ...predictedEnd(search, at) } : told;
}

/** The metrics that the search looks at; undefined where it looks at the value alone. */
function outcomesOf({ metrics = {} }: Tell, { objectives = [], outcomeConstraints = [] }: SearchPolicy) {
  const names = [...objectives, ...outcomeConstraints].map(({ name }) => name);
  if (names.length === 0) return undefined;
  const known = names.flatMap((name) =>
    metrics[name] === undefined ? [] : [[name, metrics[name]] as const],
  );
  return Object.fromEntries(known);
}

/**
 * The protocol's curves are to be minimised, over shares of the whole. They need not be of the objective itself: a finished trial's ends at its value, so
 * that the prediction learns how far the two are apart.
 */
function curveOf(trial: number, { curve, status, value }: Tell, { goal }: SearchPolicy): TrialCurve {
  const isFinished = status === 'complete' && value !== undefined && Number.isFinite(value);
  const points = (curve ?? []).filter(([step]) => step > 0 && step < 1);
  if (isFinished) points.push([1, goal === 'minimize' ? value : -value]);
  return { trial, steps: points.map(([step]) => step), values: points.map(([, loss]) => loss), isFinished };
}

/** What a stopped trial was heading for; nothing where that cannot be said. */
function predictedEnd({ curves, policy }: Search, at: number): { value?: number; variance?: number } {
  const peers = [...curves.values()].filter(({ trial }) => trial !== at);
  const end = predictStopped(curves.get(at)!, peers, 'minimize', { maxSteps: 1, warmupSteps: 0 });
  if (end === null) return {};
  return { value: policy.goal === 'minimize' ? end.mean : -end.mean, variance: end.variance };
}

function recommendation(search: Search): Answer {
  const params = recommended(search);
  if (search.policy.objectives === undefined) return { type: 'recommend', params };
  return { type: 'recommend', params, front: frontOf(search).map((trial) => trial.params) };
}

/** The results that no other one beats; with one objective under limits the best that keeps them. */
function frontOf({ policy, history }: Search): TrialRecord[] {
  const { objectives } = policy;
  if (objectives !== undefined)
    return trialFront(history, { ...policy, objectives }).front.map((n) => history[n - 1]!);
  const kept = history.filter((trial) => isFeasible(trial, policy));
  return kept.sort((a, b) => (policy.goal === 'minimize' ? 1 : -1) * (a.value! - b.value!)).slice(0, 1);
}

function recommended(search: Search): Parameters {
  const { space, policy, history } = search;
  const told = history.filter(({ state }) => state !== 'running');
  if (told.length === 0) throw new RanksweepError('INVALID_INPUT', 'recommend before the first tell');
  if (isSeveral(policy)) return (frontOf(search)[0] ?? told[0]!).params;
  return told[bestBelieved(space, told, policy) ?? 0]!.params;
}
