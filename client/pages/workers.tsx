import { CALM_MS, LIVE_MS, useLiveQuery } from '../api/live-query.js';
import { WorkersTableDocument, type WorkersTableQuery } from '../api/operations.generated.js';
import { recordOf } from '../format/json.js';
import { formatBytes, formatSetting } from '../format/number.js';
import { formatAge, formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { Empty, Failure, Loading } from '../parts/notice.js';

type WorkerRow = WorkersTableQuery['workers'][number];

const pace = ({ workers }: WorkersTableQuery) =>
  workers.some(({ state }) => state !== 'gone') ? 2 * LIVE_MS : CALM_MS;

/** All workers that ever registered, and what they do now. */
export function WorkersPage() {
  const { data, error } = useLiveQuery(WorkersTableDocument, {}, pace);
  return (
    <div class="page">
      <h1>Workers</h1>
      {error && !data && <Failure error={error} what="The workers" />}
      {!data && !error && <Loading rows={4} />}
      {data && data.workers.length === 0 && (
        <Empty title="No worker has been here yet" commands={['npx ranksweep worker']}>
          A worker claims trials and runs them, one at a time. Start one per GPU, or one on a machine with
          CPUs only.
        </Empty>
      )}
      {data && data.workers.length > 0 && <WorkersTable workers={data.workers} />}
    </div>
  );
}

function WorkersTable({ workers }: { workers: WorkerRow[] }) {
  return (
    <div class="table-scroll section">
      <table>
        <thead>
          <tr>
            <th>worker</th>
            <th>state</th>
            <th>run</th>
            <th>host</th>
            <th>device</th>
            <th>started</th>
            <th class="number">last heard</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <Row key={worker.id} worker={worker} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ worker }: { worker: WorkerRow }) {
  return (
    <tr>
      <td title={worker.id}>{worker.name}</td>
      <td>
        <Badge state={worker.state} />
      </td>
      <td>
        {worker.currentRunId ? (
          <a class="mono" href={`/runs/${worker.currentRunId}`}>
            {worker.currentRunId}
          </a>
        ) : (
          '–'
        )}
      </td>
      <td>{worker.host}</td>
      <td class="wide">{deviceText(worker.device)}</td>
      <td>{formatInstant(worker.startedAt)}</td>
      <td class="number">{formatAge(Date.now() - Date.parse(worker.lastSeenAt))} ago</td>
    </tr>
  );
}

const SPELT_OUT = ['host', 'cpu', 'cores', 'memoryBytes'];

/** The processor in words, then whatever else the worker said of its machine. */
function deviceText(device: unknown): string {
  const record = recordOf(device);
  const { cpu, cores, memoryBytes } = record;
  const words = [cpu, cores && `${cores} cores`, typeof memoryBytes === 'number' && formatBytes(memoryBytes)];
  const others = Object.entries(record).filter(
    ([key, value]) => !SPELT_OUT.includes(key) && typeof value !== 'object',
  );
  return (
    [...words.filter(Boolean), ...others.map(([key, value]) => `${key} ${formatSetting(value)}`)].join(
      ', ',
    ) || '–'
  );
}
