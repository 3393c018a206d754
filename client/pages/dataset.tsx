import type { ComponentChildren } from 'preact';
import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { DatasetPageDocument, type DatasetPageQuery } from '../api/operations.generated.js';
import { countText, formatBytes, formatNumber } from '../format/number.js';
import { formatInstant } from '../format/time.js';
import { Empty, Failure, Loading } from '../parts/notice.js';
import { RunsLink } from '../parts/runs-link.js';
import { Section } from '../parts/section.js';
import { Counts, usesText } from './datasets.js';

type Dataset = NonNullable<DatasetPageQuery['dataset']>;
type Check = Dataset['checks'][number];
interface Finding {
  kind: string;
  items: { file: string; line: number }[];
  detail: string;
}

/** One dataset: who read it, and what was found in it as a training set. */
export function DatasetDetailsPage({ hash }: { hash: string }) {
  const { data, error } = useLiveQuery(DatasetPageDocument, { hash }, () => 2 * CALM_MS);
  return (
    <div class="page">
      {error && !data && <Failure error={error} what="The dataset" />}
      {!data && !error && <Loading rows={4} />}
      {data && data.dataset === null && (
        <Empty title="No run has read such a dataset" commands={[]}>
          <a href="/datasets">All datasets</a>
        </Empty>
      )}
      {data?.dataset && <Details dataset={data.dataset} />}
    </div>
  );
}

function Details({ dataset }: { dataset: Dataset }) {
  const { hash, contentHash, name, examples, bytes, uses, firstSeenAt, checks } = dataset;
  const facts: [string, ComponentChildren, string?][] = [
    ['examples', formatNumber(examples)],
    ['size', formatBytes(bytes)],
    [
      'read as',
      <RunsLink key="runs" of="dataset" value={hash}>
        {usesText(uses)}
      </RunsLink>,
    ],
    ['first seen', formatInstant(firstSeenAt), firstSeenAt],
    ['hash of the examples', hash, hash],
    ['hash of the bytes', contentHash, contentHash],
  ];
  return (
    <>
      <h1>{name}</h1>
      <dl class="facts-grid">
        {facts.map(([title, value, full]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd title={full}>{value}</dd>
          </div>
        ))}
      </dl>
      {checks.length === 0 && (
        <Section title="Quality" note="not checked: no run has trained on it since checks are kept">
          {null}
        </Section>
      )}
      {checks.map((check) => (
        <CheckReport key={check.key} check={check} />
      ))}
    </>
  );
}

function CheckReport({ check }: { check: Check }) {
  const files = check.files as { use: string; canonicalHash: string }[];
  const findings = check.findings as Finding[];
  const others = files.filter(({ use }) => use !== 'train').map(({ use }) => use);
  const beside = others.length === 0 ? 'alone' : `beside ${others.join(', ')}`;
  return (
    <Section
      title="Quality"
      note={`${beside}; ${formatInstant(check.checkedAt)}, rules of version ${check.version}`}
      controls={<Counts counts={check.counts as Record<string, number>} />}
    >
      {findings.length > 0 && (
        <Findings findings={findings} counts={check.counts as Record<string, number>} />
      )}
    </Section>
  );
}

const PLACES = 4;

function Findings({ findings, counts }: { findings: Finding[]; counts: Record<string, number> }) {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th>kind</th>
            <th>where</th>
            <th>what</th>
          </tr>
        </thead>
        <tbody>
          {findings.map(({ kind, items, detail }) => (
            <tr key={`${kind} ${items[0]?.file} ${items[0]?.line}`}>
              <td>{kind.replaceAll('_', ' ')}</td>
              <td class="mono">{placesText(items)}</td>
              <td>{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {all > findings.length && (
        <p class="hint">
          the first of each kind; {countText(all, 'finding')} in all, which{' '}
          <code>npx ranksweep data check</code> lists
        </p>
      )}
    </div>
  );
}

function placesText(items: Finding['items']): string {
  const shown = items.slice(0, PLACES).map(({ file, line }) => `${file}:${line}`);
  return items.length > PLACES ? `${shown.join(' ')} …` : shown.join(' ');
}
