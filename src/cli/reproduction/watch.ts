import type { NoiseEvidence } from '../../analysis/kernel-noise.js';
import { type Departure, LiveComparison } from '../../analysis/live-comparison.js';
import type { NamedSeries } from '../../analysis/series-differences.js';
import type { ApiClient } from '../../api-client/api-client.js';
import { ExpectedAgreementDocument, RunSeriesDocument } from '../../api-client/operations.generated.js';
import { metricFromJson } from '../../core/metric-value.js';
import type { LoggedPoint } from '../../worker/metric-buffer.js';
import type { Expectation } from './expectation.js';

const MOST_POINTS = 100_000;

/** What a repetition is told of as it goes on. */
export interface WatchEvents {
  onDeparture(departure: Departure): void;
  /** the class that is asked for cannot be watched, and why */
  onUnwatched(why: string): void;
}

/** Compares a repetition while it runs. Points that come before the server has said what to compare with wait. */
export class Watch {
  private comparison: LiveComparison | null = null;
  private waiting: LoggedPoint[] = [];
  departure: Departure | null = null;

  constructor(
    private readonly client: ApiClient,
    private readonly originalId: string,
    private readonly expected: Expectation,
    private readonly events: WatchEvents,
  ) {}

  /** @param provenance of the repetition, once it is known */
  async begin(provenance: unknown): Promise<void> {
    const variables = { runId: this.originalId, provenance };
    const answer = await this.client.request(ExpectedAgreementDocument, variables);
    const { noise, replicateIds } = answer.expectedAgreement as {
      noise: NoiseEvidence;
      replicateIds: string[];
    };
    const original = await fetchSeries(this.client, this.originalId);
    const others = this.expected === 'seed_variance' ? replicateIds : [];
    const replicates = await Promise.all(others.map((id) => fetchSeries(this.client, id)));
    this.comparison = new LiveComparison(original, this.expected, noise, replicates);
    if (this.comparison.why !== null) this.events.onUnwatched(this.comparison.why);
    this.see(this.waiting.splice(0));
  }

  see(points: readonly LoggedPoint[]): void {
    if (this.departure !== null) return;
    if (this.comparison === null) {
      this.waiting.push(...points);
      return;
    }
    this.departure = this.comparison.see(points);
    if (this.departure !== null) this.events.onDeparture(this.departure);
  }
}

/** The whole curves of a run; a metric with more than 100,000 points is left out. */
export async function fetchSeries(client: ApiClient, id: string): Promise<NamedSeries[]> {
  const { run } = await client.request(RunSeriesDocument, { id, maxPoints: MOST_POINTS });
  return run!.series
    .filter(({ exact }) => exact)
    .map(({ name, steps, values }) => ({
      name,
      steps,
      values: values.map((value) => metricFromJson(value)!),
    }));
}
