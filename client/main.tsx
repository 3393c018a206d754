import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { Frame } from './frame.js';
import { AdaptersPage } from './pages/adapters.js';
import { ComparePage } from './pages/compare.js';
import { DatasetDetailsPage } from './pages/dataset.js';
import { DatasetsPage } from './pages/datasets.js';
import { RunDetailsPage } from './pages/run.js';
import { RunsPage } from './pages/runs.js';
import { StoragePage } from './pages/storage.js';
import { SweepDetailsPage } from './pages/sweep.js';
import { SweepsPage } from './pages/sweeps.js';
import { WorkersPage } from './pages/workers.js';
import { hoverRun } from './parts/hover.js';
import { Empty } from './parts/notice.js';
import { TokenForm } from './parts/token-form.js';
import { place, startRouter } from './router.js';
import { startTheme } from './theme.js';
import { isTokenWanted, startToken, token } from './token.js';

/** A part of the path as text; one that is no valid encoding stays as it is. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function Page() {
  const [, room, id] = place.value.path.split('/').map(decoded);
  if (room === 'runs' && id) return <RunDetailsPage key={id} id={id} />;
  if (room === 'sweeps' && id) return <SweepDetailsPage key={id} id={id} />;
  if (room === '' || room === 'runs') return <RunsPage />;
  if (room === 'compare') return <ComparePage />;
  if (room === 'sweeps') return <SweepsPage />;
  if (room === 'datasets' && id) return <DatasetDetailsPage key={id} hash={id} />;
  if (room === 'datasets') return <DatasetsPage />;
  if (room === 'adapters') return <AdaptersPage />;
  if (room === 'workers') return <WorkersPage />;
  if (room === 'storage') return <StoragePage />;
  return (
    <div class="page">
      <Empty title="There is no such page" commands={[]}>
        This address leads nowhere. <a href="/runs">All runs</a> are a good place to start.
      </Empty>
    </div>
  );
}

function App() {
  const { path } = place.value;
  useEffect(() => hoverRun(null), [path]);
  return <Frame key={token.value}>{isTokenWanted.value ? <TokenForm /> : <Page />}</Frame>;
}

startTheme();
startToken();
startRouter();
render(<App />, document.getElementById('app')!);
