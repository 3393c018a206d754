import { RanksweepError } from '../../core/errors.js';
import type { Parameters, SearchSpace } from '../../core/search-space.js';
import { bestBelieved } from '../../search/incumbent.js';
import { predictStopped } from '../../search/pruners/curve.js';
import type { TrialCurve } from '../../search/pruners/pruner.js';
import { pointKey, type SearchPolicy, type TrialRecord } from '../../search/sampler.js';
import { suggest } from '../../search/suggest.js';
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
    if (message.type === 'recommend') return { type: 'recommend', params: recommended(this.search) };
    record(this.search, message);
    return (message.remaining ?? 1) > 0 ? nextTrial(this.search) : { type: 'done' };
  }
}

function searchOf({ space, budget, seed, goal, defaults }: Start, method: SearchPolicy['method']): Search {
  const whole = spaceOf(space);
  const policy = { method, goal, runCap: budget ?? null, defaults: defaults ?? null };
  return {
    space: method === 'grid' ? withGridCounts(whole, budget ?? 1) : whole,
    policy,
    seed,
    history: [],
    curves: new Map(),
  };
}

/** When a finite space is used up the best point is tried again: the protocol has no word for it, and with noise a repeat is worth most there. */
function nextTrial(search: Search): Answer {
  const { space, policy, seed, history } = search;
  const suggestion = suggest(space, history, policy, seed);
  const params = 'params' in suggestion ? suggestion.params : recommended(search);
  history.push({ params, state: 'running' });
  return { type: 'suggest', params };
}

const STATES = { complete: 'finished', diverged: 'diverged', stopped: 'stopped', failed: 'failed' } as const;

/** Ends the pending trial of these parameters; a point from elsewhere is added. */
function record(search: Search, tell: Tell): void {
  const { history, curves } = search;
  const { params, value, status } = tell;
  const key = pointKey(params);
  const pending = history.findIndex((trial) => trial.state === 'running' && pointKey(trial.params) === key);
  const at = pending < 0 ? history.length : pending;
  curves.set(at, curveOf(at, tell, search.policy));
  const told = { params, state: STATES[status], ...(value !== undefined && { value }) };
  history[at] = status === 'stopped' ? { ...told, ...predictedEnd(search, at) } : told;
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

function recommended({ space, policy, history }: Search): Parameters {
  const told = history.filter(({ state }) => state !== 'running');
  if (told.length === 0) throw new RanksweepError('INVALID_INPUT', 'recommend before the first tell');
  return told[bestBelieved(space, told, policy) ?? 0]!.params;
}
