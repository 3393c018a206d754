import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { DatasetsTableDocument, type DatasetsTableQuery } from '../api/operations.generated.js';
import { formatBytes, formatNumber } from '../format/number.js';
import { formatInstant } from '../format/time.js';
import { Empty, Failure, Loading } from '../parts/notice.js';
import { RunsLink } from '../parts/runs-link.js';

type DatasetRow = DatasetsTableQuery['datasets'][number];

/** All data that a run ever read, and what was found in it. */
export function DatasetsPage() {
  const { data, error } = useLiveQuery(DatasetsTableDocument, {}, () => 2 * CALM_MS);
  return (
    <div class="page">
      <h1>Datasets</h1>
      {error && !data && <Failure error={error} what="The datasets" />}
      {!data && !error && <Loading rows={4} />}
      {data && data.datasets.length === 0 && (
        <Empty title="No run has read any data yet" commands={['npx ranksweep data check train.jsonl']}>
          Every run's data is checked before it trains, and kept here by the hash of its content. The command
          checks a file without a run.
        </Empty>
      )}
      {data && data.datasets.length > 0 && <DatasetsTable datasets={data.datasets} />}
    </div>
  );
}

function DatasetsTable({ datasets }: { datasets: DatasetRow[] }) {
  return (
    <div class="table-scroll section">
      <table>
        <thead>
          <tr>
            <th>dataset</th>
            <th>hash</th>
            <th class="number">examples</th>
            <th class="number">size</th>
            <th>read as</th>
            <th>found</th>
            <th>first seen</th>
          </tr>
        </thead>
        <tbody>
          {datasets.map((dataset) => (
            <Row key={dataset.hash} dataset={dataset} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({
  dataset: { hash, name, examples, bytes, uses, checks, firstSeenAt },
}: {
  dataset: DatasetRow;
}) {
  return (
    <tr>
      <td>
        <a class="name" href={`/datasets/${hash}`} title={hash}>
          {name}
        </a>
      </td>
      <td class="mono">{hash.slice(0, 12)}</td>
      <td class="number">{formatNumber(examples)}</td>
      <td class="number">{formatBytes(bytes)}</td>
      <td>
        <RunsLink of="dataset" value={hash}>
          {usesText(uses)}
        </RunsLink>
      </td>
      <td>{checks[0] ? <Counts counts={checks[0].counts} /> : '–'}</td>
      <td title={firstSeenAt}>{formatInstant(firstSeenAt)}</td>
    </tr>
  );
}

export const usesText = (uses: { use: string; runs: number }[]) =>
  uses.map(({ use, runs }) => `${use} ×${runs}`).join(', ');

/** How many findings of each kind; leaks first, since they made a run's scores worthless. */
export function Counts({ counts }: { counts: Record<string, number> }) {
  const entries = Object.entries(counts).sort(
    ([a], [b]) => Number(b === 'leakage') - Number(a === 'leakage'),
  );
  if (entries.length === 0) return <span class="badge good">✓ nothing</span>;
  return (
    <>
      {entries.map(([kind, count]) => (
        <span key={kind} class={`badge ${kind === 'leakage' ? 'failure' : 'attention'}`}>
          {kind.replaceAll('_', ' ')} {count}
        </span>
      ))}
    </>
  );
}
