import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { RunKeysDocument, SweepSearchDocument } from '../api/operations.generated.js';
import { recordOf } from '../format/json.js';
import { rankParameter, rungsOf, slicesOf } from './search-data.js';
import { SweepRegret, SweepRungs, SweepTimeline } from './sweep-costs.js';
import { objectiveOf, type SweepDetails, shortNames, variedParameters } from './sweep-data.js';
import { SweepImportance, SweepSlices } from './sweep-model.js';
import { SweepEvaluations, SweepRanks } from './sweep-results.js';
import { SweepSeeds } from './sweep-seeds.js';

/**
 * What the search found: which parameters matter, what is believed along each, what it cost and who ran it. A part of its own, so that a page without a
 * sweep does not load its charts.
 */
export function SweepSearch({ sweep }: { sweep: SweepDetails }) {
  const hasRungs = recordOf(sweep.config).earlyTerminate != null;
  const { data } = useLiveQuery(SweepSearchDocument, { id: sweep.id, hasRungs }, () => CALM_MS);
  const { data: keys } = useLiveQuery(RunKeysDocument, { filter: { sweepId: sweep.id } }, () => CALM_MS);
  const search = data?.sweep;
  const names = variedParameters(sweep.trials);
  const titles = shortNames(names);
  const rank = rankParameter(names);
  const rungs = search && hasRungs ? rungsOf(sweep, search) : [];
  const judged = search?.trials
    ?.flatMap(({ stopDecisions }) => stopDecisions.map(({ metric }) => metric))
    .find(Boolean);
  return (
    <>
      {search && <SweepSlices sweep={sweep} slices={slicesOf(sweep, names, search.slices)} titles={titles} />}
      <div class="halves">
        {search && <SweepImportance search={search} titles={titles} />}
        <SweepRegret sweep={sweep} />
        {rank && <SweepRanks sweep={sweep} parameter={rank} />}
        {hasRungs && <SweepRungs sweep={sweep} rungs={rungs} metric={judged ?? objectiveOf(sweep).name} />}
      </div>
      <SweepSeeds sweep={sweep} metrics={keys?.runKeys.metricNames ?? []} />
      <SweepEvaluations sweep={sweep} />
      <SweepTimeline sweep={sweep} />
    </>
  );
}
