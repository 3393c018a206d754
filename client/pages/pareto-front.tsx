import { recordOf } from '../format/json.js';
import { formatNumber } from '../format/number.js';
import { objectivesOf, type SweepDetails } from './sweep-data.js';

/** The result of a sweep with several objectives in a few sentences; nothing for one with a single objective. */
export function ParetoFront({ sweep }: { sweep: SweepDetails }) {
  const front = sweep.paretoFront;
  if (!front) return null;
  const runs = new Map(sweep.trials.map(({ id, run }) => [id, run?.id]));
  const results = front.feasible.length + front.infeasible.length;
  return (
    <div class="notice section">
      <p>
        <strong>Pareto front: </strong>
        {front.trials.length === 0 && emptyText(results)}
        {front.trials.map(({ id, number }, i) => (
          <>
            {i > 0 && ', '}
            <a href={`/runs/${runs.get(id)}`}>trial {number}</a>
          </>
        ))}
        {front.trials.length > 0 &&
          ` of ${results} finished trials: no other one beats them in every objective.`}
      </p>
      <p class="meta">{[volumeText(sweep), limitText(sweep)].filter(Boolean).join(' ')}</p>
    </div>
  );
}

function emptyText(results: number): string {
  return results === 0
    ? 'no trial has finished yet.'
    : `none of ${results} finished trials keeps every limit.`;
}

function volumeText(sweep: SweepDetails): string {
  const { hypervolume, referencePoint, isReferenceFixed } = sweep.paretoFront!;
  if (hypervolume === null) return '';
  const at = recordOf(referencePoint);
  const point = objectivesOf(sweep).map(({ name }) => `${name} ${formatNumber(Number(at[name]))}`);
  const moving = isReferenceFixed ? '' : ', which is not fixed yet';
  return `Hypervolume ${formatNumber(hypervolume)} from the reference point ${point.join(', ')}${moving}.`;
}

function limitText({ paretoFront }: SweepDetails): string {
  const { infeasible } = paretoFront!;
  return infeasible.length === 0 ? '' : `A limit is broken by trial ${infeasible.join(', ')}.`;
}
