import type { ApiClient } from '../../api-client/api-client.js';
import type { RunConfig } from '../../core/run-config.js';
import { formatSeconds } from '../terminal/number-format.js';
import { progressLine } from '../terminal/progress-bar.js';
import type { Screen } from '../terminal/screen.js';
import { type ComparisonRow, rowOf } from './comparison-rows.js';
import { configOf, type Entrant } from './entrants.js';
import type { Measurement } from './measurement.js';
import { runEntrant } from './run-entrant.js';

/** One run after the other, each alone on the machine. */
export class Comparison {
  private readonly began = performance.now();
  private readonly runs = new Map<Entrant, Measurement[]>();
  private done = 0;

  constructor(
    private readonly config: RunConfig,
    private readonly entrants: Entrant[],
    private readonly seeds: number,
    private readonly client: ApiClient | null,
    private readonly screen: Screen,
  ) {}

  /** @returns the rows of what was run until the signal, and how the base does by itself */
  async run(signal: AbortSignal): Promise<{ rows: ComparisonRow[]; base: Measurement['losses'] | null }> {
    this.screen.print(`${this.entrants.length * this.seeds} runs, one after the other`);
    for (const entrant of this.entrants) {
      for (let i = 0; i < this.seeds && !signal.aborted; i++) await this.runOne(entrant, i, signal);
    }
    this.screen.end();
    const all = [...this.runs.values()].flat();
    return { rows: this.rows(), base: all.find(({ outcome }) => outcome === 'finished')?.losses ?? null };
  }

  private async runOne(entrant: Entrant, index: number, signal: AbortSignal): Promise<void> {
    const config = configOf(this.config, entrant, this.config.seed + index);
    const name = `${entrant.label}, rate ${entrant.learningRate}, seed ${config.seed}`;
    const label = `${this.done + 1}/${this.entrants.length * this.seeds} ${entrant.label}`;
    const measured = await runEntrant(
      {
        ...{ config, name, signal },
        onProgress: (progress) =>
          this.screen.show([progressLine({ label, detail: '', ...progress }, this.screen.columns)]),
      },
      this.client,
    );
    this.screen.end();
    if (signal.aborted) return;
    this.runs.set(entrant, [...(this.runs.get(entrant) ?? []), measured]);
    this.done++;
    this.screen.print(`${name}: ${measured.outcome}${this.timeLeft()}`);
  }

  /** All runs are taken to last as long as those so far. */
  private timeLeft(): string {
    const left = this.entrants.length * this.seeds - this.done;
    const each = (performance.now() - this.began) / 1000 / this.done;
    return left === 0 ? '' : `; ${left} more, about ${formatSeconds(left * each)}`;
  }

  private rows(): ComparisonRow[] {
    const byLabel = new Map<string, { entrant: Entrant; runs: Measurement[] }[]>();
    for (const [entrant, runs] of this.runs)
      byLabel.set(entrant.label, [...(byLabel.get(entrant.label) ?? []), { entrant, runs }]);
    return [...byLabel.values()].map(rowOf);
  }
}
