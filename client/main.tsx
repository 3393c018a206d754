import { render } from 'preact';
import { Frame } from './frame.js';
import { RunDetailsPage } from './pages/run.js';
import { RunsPage } from './pages/runs.js';
import { SweepDetailsPage } from './pages/sweep.js';
import { SweepsPage } from './pages/sweeps.js';
import { WorkersPage } from './pages/workers.js';
import { Empty } from './parts/notice.js';
import { place, startRouter } from './router.js';
import { startTheme } from './theme.js';

function Page() {
  const [, room, id] = place.value.path.split('/').map(decodeURIComponent);
  if (room === 'runs' && id) return <RunDetailsPage key={id} id={id} />;
  if (room === 'sweeps' && id) return <SweepDetailsPage key={id} id={id} />;
  if (room === '' || room === 'runs') return <RunsPage />;
  if (room === 'sweeps') return <SweepsPage />;
  if (room === 'workers') return <WorkersPage />;
  return (
    <div class="page">
      <Empty title="There is no such page" commands={[]}>
        This address leads nowhere. <a href="/runs">All runs</a> are a good place to start.
      </Empty>
    </div>
  );
}

function App() {
  return (
    <Frame>
      <Page />
    </Frame>
  );
}

startTheme();
startRouter();
render(<App />, document.getElementById('app')!);
