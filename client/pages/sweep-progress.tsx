import { bestSoFarChart } from '../charts/best-so-far.js';
import { formatNumber } from '../format/number.js';
import { formatDuration } from '../format/time.js';
import { ChartHost } from '../parts/chart-host.js';
import { hoverRun } from '../parts/hover.js';
import { go } from '../router.js';
import { markOf, objectiveOf, objectiveValue, type SweepDetails, type TrialDetails } from './sweep-data.js';

const ORDER = ['finished', 'stopped', 'diverged', 'failed', 'cancelled', 'running', 'queued'] as const;
const ENDED = ['finished', 'stopped', 'diverged', 'failed', 'cancelled'];

/** How many trials of how many, how long it takes, and the best objective over the trials so far. */
export function SweepProgress({ sweep }: { sweep: SweepDetails }) {
  const counts = countsOf(sweep);
  const total = Math.max(sweep.plannedTrials ?? 0, sweep.trials.length);
  const { name, goal } = objectiveOf(sweep);
  const points = sweep.trials.map(pointOf);
  return (
    <div class="progress-grid">
      <div>
        <div class="progress" role="img" aria-label={`${endedCount(counts)} of ${total} trials have ended`}>
          {ORDER.filter((state) => counts[state]).map((state) => (
            <i key={state} class={`state-${state}`} style={{ flexGrow: counts[state] ?? 0 }} />
          ))}
          {total > sweep.trials.length && <i style={{ flexGrow: total - sweep.trials.length }} />}
        </div>
        <p class="progress-text">
          <strong>
            {endedCount(counts)} of {sweep.plannedTrials ?? 'unlimited'} trials
          </strong>{' '}
          {remainingText(sweep, total)}
        </p>
        <p class="legend">
          {ORDER.filter((state) => counts[state]).map((state) => (
            <span key={state}>
              <i class={`swatch state-${state}`} />
              {counts[state]} {state}
            </span>
          ))}
        </p>
      </div>
      <ChartHost
        height={92}
        inputs={[JSON.stringify(points)]}
        draw={(frame) =>
          bestSoFarChart(points, {
            ...frame,
            goal,
            title: `best ${name} so far, by trial`,
            onHover: hoverRun,
            onSelect: (id) => go(`/runs/${id}`),
          })
        }
      />
    </div>
  );
}

function pointOf(trial: TrialDetails) {
  return { runId: markOf(trial), number: trial.number, objective: objectiveValue(trial), end: trial.state };
}

function countsOf({ trialCounts }: SweepDetails): Record<string, number> {
  return trialCounts as Record<string, number>;
}

const endedCount = (counts: Record<string, number>) =>
  ENDED.reduce((sum, state) => sum + (counts[state] ?? 0), 0);

/** An honest guess: mean time of the trials that ended, times those to come, over those that run side by side. */
function remainingText(sweep: SweepDetails, total: number): string {
  const times = sweep.trials.flatMap(({ run }) =>
    run?.endedAt ? [Date.parse(run.endedAt) - Date.parse(run.startedAt)] : [],
  );
  if (times.length === 0) return '';
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const text = `mean ${formatDuration(mean)} a trial (n = ${formatNumber(times.length)})`;
  const left = total - endedCount(countsOf(sweep));
  const parallel = countsOf(sweep).running ?? 0;
  if (left <= 0 || parallel === 0 || sweep.plannedTrials === null) return text;
  return `${text}, about ${formatDuration((mean * left) / parallel)} to go`;
}
