import { metricFromJson } from '../../src/core/metric-value.js';
import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { SweepsTableDocument, type SweepsTableQuery } from '../api/operations.generated.js';
import { formatNumber } from '../format/number.js';
import { formatDuration, formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { Empty, Failure, Loading } from '../parts/notice.js';
import { objectiveOf } from './sweep-data.js';

type SweepRow = SweepsTableQuery['sweeps']['items'][number];
const SHOWN = 200;
const COLUMNS = ['project', 'method', 'trials', 'objective', 'best', 'best run', 'started', 'time'];
const NUMBERS = ['trials', 'best', 'time'];

const pace = ({ sweeps }: SweepsTableQuery) =>
  sweeps.items.some(({ state }) => state === 'running') ? LIVE_MS : CALM_MS;

/** All sweeps, newest first. */
export function SweepsPage() {
  const { data, error } = useLiveQuery(SweepsTableDocument, { first: SHOWN }, pace);
  return (
    <div class="page">
      <h1>Sweeps</h1>
      {error && !data && <Failure error={error} what="The sweeps" />}
      {!data && !error && <Loading />}
      {data && data.sweeps.items.length === 0 && <NoSweeps />}
      {data && data.sweeps.items.length > 0 && (
        <SweepsTable sweeps={data.sweeps.items} total={data.sweeps.total} />
      )}
    </div>
  );
}

function NoSweeps() {
  return (
    <Empty
      title="No sweeps yet"
      commands={['npx ranksweep sweep sweeps/quickstart.yaml', 'npx ranksweep worker']}
    >
      A sweep searches a space of settings, written in a YAML file, for the best adapter. The first command
      hands one in, the second starts a worker that runs its trials.
    </Empty>
  );
}

function SweepsTable({ sweeps, total }: { sweeps: SweepRow[]; total: number }) {
  return (
    <div class="table-scroll section">
      <table>
        <thead>
          <tr>
            <th>sweep</th>
            <th>state</th>
            {COLUMNS.map((title) => (
              <th key={title} class={NUMBERS.includes(title) ? 'number' : ''}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sweeps.map((sweep) => (
            <Row key={sweep.id} sweep={sweep} />
          ))}
        </tbody>
      </table>
      {total > sweeps.length && (
        <p class="hint">
          the newest {sweeps.length} of {total}
        </p>
      )}
    </div>
  );
}

function Row({ sweep }: { sweep: SweepRow }) {
  const { name, goal } = objectiveOf(sweep);
  const end = sweep.endedAt ? Date.parse(sweep.endedAt) : Date.now();
  const best = sweep.best ? metricFromJson(sweep.best.objective) : undefined;
  return (
    <tr>
      <td>
        <a class="name" href={`/sweeps/${sweep.id}`} title={sweep.id}>
          {sweep.name}
        </a>
      </td>
      <td>
        <Badge state={sweep.state} />
      </td>
      <td>{sweep.project.name}</td>
      <td>{sweep.method}</td>
      <td class="number">{trialsText(sweep)}</td>
      <td>
        {goal} {name}
      </td>
      <td class="number">{formatNumber(best, 4)}</td>
      <td>{sweep.best?.run && <a href={`/runs/${sweep.best.run.id}`}>trial {sweep.best.number}</a>}</td>
      <td>{formatInstant(sweep.createdAt)}</td>
      <td class="number">{formatDuration(end - Date.parse(sweep.createdAt))}</td>
    </tr>
  );
}

function trialsText({ trialCounts, plannedTrials }: SweepRow): string {
  const counts = trialCounts as Record<string, number>;
  const ended = Object.entries(counts).filter(([state]) => state !== 'queued' && state !== 'running');
  const sum = ended.reduce((total, [, count]) => total + count, 0);
  return plannedTrials === null ? String(sum) : `${sum} of ${plannedTrials}`;
}
