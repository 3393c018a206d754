import { Injectable } from '@nestjs/common';
import type { SweepConfig } from '../core/sweep-config.js';
import type { Slice } from '../search/slices.js';
import { policyNow } from './reference-point.service.js';
import type { ParameterImportance, SweepSlice } from './search-insight.type.js';
import { questionKey, type SearchQuestion } from './search-question.js';
import { SearchThreadService } from './search-thread.service.js';
import type { Sweep } from './sweep.entity.js';
import { TrialService } from './trial.service.js';
import { historyOf, warmHistory } from './trial-history.js';

type Kind = 'slices' | 'importance';

/** What the trials of a sweep say about its parameters. A page asks every few seconds: the last answers are kept while no trial has changed. */
@Injectable()
export class SearchInsightService {
  private readonly answers = new Map<string, { key: string; answer: Promise<unknown> }>();

  constructor(
    private readonly trials: TrialService,
    private readonly search: SearchThreadService,
  ) {}

  async importance(sweep: Sweep): Promise<ParameterImportance> {
    return (await this.ask<ParameterImportance>(sweep, 'importance')).answer;
  }

  async slices(sweep: Sweep, parameters?: string[]): Promise<SweepSlice[]> {
    const { answer, before } = await this.ask<Slice[]>(sweep, 'slices');
    const wanted = answer.filter(({ parameter }) => parameters?.includes(parameter) ?? true);
    return wanted.map(({ parameter, kind, heldAt, points }) => ({
      ...{ parameter, kind, heldAtTrial: heldAt < before ? null : heldAt - before + 1 },
      values: points.map(({ value }) => value),
      ...{ means: points.map(({ mean }) => mean), lows: points.map(({ low }) => low) },
      highs: points.map(({ high }) => high),
    }));
  }

  /** @returns the answer, and how many trials of earlier sweeps stand before the sweep's own */
  private async ask<Answer>(sweep: Sweep, kind: Kind): Promise<{ answer: Answer; before: number }> {
    const warm = warmHistory(sweep);
    const own = historyOf(await this.trials.ofSweep(sweep.id));
    const space = (sweep.config as SweepConfig).parameters;
    const policy = policyNow(sweep);
    const question: SearchQuestion = { kind, space, history: [...warm, ...own], policy, seed: sweep.seed };
    return { answer: await this.answerTo<Answer>(sweep.id, question), before: warm.length };
  }

  private answerTo<Answer>(sweepId: string, question: SearchQuestion): Promise<Answer> {
    const slot = `${question.kind}/${sweepId}`;
    // trials that have not ended tell nothing here, and would make every answer a new one
    const ended = question.history.filter(({ state }) => state !== 'running' && state !== 'queued');
    const key = questionKey(sweepId, { ...question, history: ended });
    const known = this.answers.get(slot);
    if (known?.key === key) return known.answer as Promise<Answer>;
    const answer = this.search.ask<Answer>(question);
    this.answers.delete(slot);
    this.answers.set(slot, { key, answer });
    answer.catch(() => this.answers.delete(slot));
    if (this.answers.size > KEPT) this.answers.delete(this.answers.keys().next().value!);
    return answer;
  }
}

const KEPT = 40;
