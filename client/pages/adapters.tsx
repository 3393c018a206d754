import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { AdaptersPageDocument, type AdaptersPageQuery } from '../api/operations.generated.js';
import { formatBytes, formatNumber } from '../format/number.js';
import { formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { CopyCommand } from '../parts/copy-command.js';
import { Empty, Failure, Loading } from '../parts/notice.js';
import { Section } from '../parts/section.js';

type AdapterRow = AdaptersPageQuery['adapters'][number];
type Version = AdapterRow['versions'][number];

/** What is in use under which name, how it got there, and how to go back. */
export function AdaptersPage() {
  const { data, error } = useLiveQuery(AdaptersPageDocument, {}, () => CALM_MS);
  return (
    <div class="page">
      <h1>Adapters</h1>
      {error && !data && <Failure error={error} what="The adapters" />}
      {!data && !error && <Loading rows={4} />}
      {data && data.adapters.length === 0 && (
        <Empty
          title="No adapter is in use yet"
          commands={['npx ranksweep ship RUN_ID --as customer/product --policy policy.yaml']}
        >
          An adapter gets a name when it is shipped. The gate must say so, by a policy and the items that its
          run was evaluated on.
        </Empty>
      )}
      {data?.adapters.map((one) => (
        <AdapterSection key={one.name} one={one} />
      ))}
    </div>
  );
}

function AdapterSection({ one }: { one: AdapterRow }) {
  const { name, project, current, versions, events } = one;
  const before = versions.find(({ version }) => version < current.version)?.version;
  return (
    <Section title={name} note={`project ${project.name}, version ${current.version} in use`}>
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th class="number">version</th>
              <th>in use</th>
              <th>run</th>
              <th>gate</th>
              <th>policy</th>
              <th class="number">rank</th>
              <th class="number">parameters</th>
              <th class="number">size</th>
              <th>shipped</th>
              <th>because</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((version) => (
              <VersionRow
                key={version.version}
                one={version}
                isCurrent={version.version === current.version}
              />
            ))}
          </tbody>
        </table>
      </div>
      <History events={events} />
      <CopyCommand command={`npx ranksweep adapters fetch ${name} ./adapter`} />
      {before !== undefined && (
        <CopyCommand command={`npx ranksweep rollback ${name} --to ${before} --because "…"`} />
      )}
    </Section>
  );
}

function VersionRow({ one, isCurrent }: { one: Version; isCurrent: boolean }) {
  return (
    <tr>
      <td class="number">{one.version}</td>
      <td>{isCurrent ? <strong>in use</strong> : ''}</td>
      <td class="mono">
        <a href={`/runs/${one.runId}`}>{one.runId}</a>
      </td>
      <td>
        <Badge state={one.verdict} title={one.gate.why} />
      </td>
      <td title={one.policyHash}>{one.gate.policyName}</td>
      <td class="number">{formatNumber(one.rank)}</td>
      <td class="number">{formatNumber(one.trainableParameters)}</td>
      <td class="number">{formatBytes(one.bytes)}</td>
      <td>{formatInstant(one.shippedAt)}</td>
      <td class="wide">{one.because ?? ''}</td>
    </tr>
  );
}

/** Newest first; nothing is ever taken out of it. */
function History({ events }: Pick<AdapterRow, 'events'>) {
  return (
    <ul class="facts">
      {events.map(({ number, action, version, because, at }) => (
        <li key={number}>
          {formatInstant(at)}: {action === 'ship' ? 'shipped' : 'rolled back to'} version {version}
          {because !== null && <>, because: “{because}”</>}
        </li>
      ))}
    </ul>
  );
}
