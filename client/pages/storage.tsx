import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import {
  RestoreRunsDocument,
  StoragePageDocument,
  type StoragePageQuery,
} from '../api/operations.generated.js';
import { request } from '../api/request.js';
import { countText, formatBytes } from '../format/number.js';
import { formatInstant } from '../format/time.js';
import { Failure, Loading } from '../parts/notice.js';
import { Section } from '../parts/section.js';
import { StorageCleanUp } from './storage-clean-up.js';

type Storage = StoragePageQuery['storage'];
type Amount = Storage['contents'];

/** What artifacts take, project by project; what is in the trash, and what a clean-up would free. */
export function StoragePage() {
  const { data, error, refresh } = useLiveQuery(StoragePageDocument, {}, () => 2 * CALM_MS);
  return (
    <div class="page">
      <h1>Storage</h1>
      {error && !data && <Failure error={error} what="The storage" />}
      {!data && !error && <Loading rows={4} />}
      {data && <Overview storage={data.storage} />}
      {data && <StorageCleanUp onDone={refresh} />}
      {data && data.storage.projects.length > 0 && <Projects storage={data.storage} />}
      {data && <Trash runs={data.runs} onDone={refresh} />}
    </div>
  );
}

const amountText = ({ files, bytes }: Amount) => `${formatBytes(bytes)} in ${countText(files, 'file')}`;

function Overview({ storage }: { storage: Storage }) {
  const { contents, names, unreferenced, quotaBytes, place } = storage;
  const facts: [string, string][] = [
    ['place', place],
    ['stored', amountText(contents)],
    [
      'quota',
      quotaBytes === null ? 'none' : `${formatBytes(quotaBytes)}, ${share(contents.bytes, quotaBytes)} used`,
    ],
    [
      'saved by keeping equal files once',
      formatBytes(Math.max(0, names.bytes - contents.bytes + unreferenced.bytes)),
    ],
    ['nobody refers to', amountText(unreferenced)],
  ];
  return (
    <dl class="facts-grid">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={value}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

const share = (part: number, whole: number) => `${whole > 0 ? Math.round((100 * part) / whole) : 100} %`;

function Projects({ storage: { projects, projectQuotaBytes } }: { storage: Storage }) {
  return (
    <Section title="Projects" note="what their runs refer to; a file that several share counts in each">
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th>project</th>
              <th class="number">files</th>
              <th class="number">size</th>
              {projectQuotaBytes !== null && <th class="number">of its quota</th>}
            </tr>
          </thead>
          <tbody>
            {projects.map(({ project, files, bytes }) => (
              <tr key={project.id}>
                <td>{project.name}</td>
                <td class="number">{files}</td>
                <td class="number">{formatBytes(bytes)}</td>
                {projectQuotaBytes !== null && <td class="number">{share(bytes, projectQuotaBytes)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Trash({ runs, onDone }: { runs: StoragePageQuery['runs']; onDone(): void }) {
  const restore = async (id: string) => {
    await request(RestoreRunsDocument, { ids: [id] }).catch(() => {});
    onDone();
  };
  const note =
    runs.total === 0
      ? 'empty'
      : `${countText(runs.total, 'run')}, removed for good by a clean-up after seven days`;
  return (
    <Section title="Trash" note={note}>
      {runs.total > 0 && (
        <div class="table-scroll">
          <table>
            <thead>
              <tr>
                <th>run</th>
                <th>project</th>
                <th>deleted</th>
                <th />
              </tr>
            </thead>
            <tbody>
              {runs.items.map(({ id, name, deletedAt, project }) => (
                <tr key={id}>
                  <td>
                    <a href={`/runs/${id}`}>{name}</a>
                  </td>
                  <td>{project.name}</td>
                  <td title={deletedAt ?? undefined}>{deletedAt && formatInstant(deletedAt)}</td>
                  <td>
                    <button type="button" onClick={() => restore(id)}>
                      Restore
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
