import { RanksweepError } from '../../core/errors.js';
import type { Parameters, SearchSpace } from '../../core/search-space.js';
import { bestBelieved } from '../../search/incumbent.js';
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
  return { space: method === 'grid' ? withGridCounts(whole, budget ?? 1) : whole, policy, seed, history: [] };
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
function record({ history }: Search, { params, value, status }: Tell): void {
  const told: TrialRecord = { params, state: STATES[status], ...(value !== undefined && { value }) };
  const key = pointKey(params);
  const pending = history.findIndex((trial) => trial.state === 'running' && pointKey(trial.params) === key);
  if (pending < 0) history.push(told);
  else history[pending] = told;
}

function recommended({ space, policy, history }: Search): Parameters {
  const told = history.filter(({ state }) => state !== 'running');
  if (told.length === 0) throw new RanksweepError('INVALID_INPUT', 'recommend before the first tell');
  return told[bestBelieved(space, told, policy) ?? 0]!.params;
}
