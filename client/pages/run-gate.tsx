import type { Amplification } from '../../src/analysis/amplification.js';
import type { RequirementResult } from '../../src/analysis/gate-verdict.js';
import { demandText } from '../../src/analysis/gate-words.js';
import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { type GateShownFragment, RunGatesDocument } from '../api/operations.generated.js';
import { formatNumber } from '../format/number.js';
import { formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { CopyCommand } from '../parts/copy-command.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';

/** What the gate said of the run, requirement by requirement, and the names that its adapter is in use under. */
export function RunGate({ run }: { run: RunDetails }) {
  const { data } = useLiveQuery(RunGatesDocument, { id: run.id }, () => CALM_MS);
  if (run.state === 'running' || !data?.run) return null;
  const { gates, shippedAs } = data.run;
  const [last, ...earlier] = gates;
  return (
    <Section
      title="Gate"
      note={
        last && `policy ${last.policyName} ${last.policyHash.slice(0, 12)}, ${formatInstant(last.judgedAt)}`
      }
    >
      {last === undefined ? (
        <CopyCommand command={`npx ranksweep gate ${run.id} --policy policy.yaml`} />
      ) : (
        <Verdict gate={last} />
      )}
      {earlier.length > 0 && (
        <p class="hint">
          Before:{' '}
          {earlier
            .map((one) => `${wordOf(one)} (${one.policyName}, ${formatInstant(one.judgedAt)})`)
            .join('; ')}
        </p>
      )}
      {shippedAs.map(({ name, version, because, shippedAt }) => (
        <p key={`${name}/${version}`} class="facts">
          Shipped as <a href="/adapters">{name}</a> version {version}, {formatInstant(shippedAt)}
          {because !== null && <>, because: “{because}”</>}
        </p>
      ))}
    </Section>
  );
}

const wordOf = ({ verdict }: Pick<GateShownFragment, 'verdict'>) => verdict.replaceAll('_', ' ');

function Verdict({ gate }: { gate: GateShownFragment }) {
  const { results, amplification = [] } = gate.evidence as {
    results: RequirementResult[];
    amplification?: Amplification[];
  };
  return (
    <>
      <p class="facts">
        <Badge state={gate.verdict} /> {gate.why}
      </p>
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th>requirement</th>
              <th>set</th>
              <th>group</th>
              <th>score</th>
              <th>demand</th>
              <th class="number">gain or mean</th>
              <th class="number">bound</th>
              <th class="number">limit</th>
              <th class="number">items n</th>
              <th class="number">more items</th>
            </tr>
          </thead>
          <tbody>
            {results.map((one) => (
              <ResultRow key={`${one.requirement}/${one.set}/${one.group}`} one={one} />
            ))}
          </tbody>
        </table>
      </div>
      {amplification.map(({ set, score, group, words }) => (
        <p key={`${set}/${score}/${group}`} class="facts">
          {set} {score}, {words}
        </p>
      ))}
    </>
  );
}

function ResultRow({ one }: { one: RequirementResult }) {
  return (
    <tr title={one.words}>
      <td>
        <Badge state={one.state} />
      </td>
      <td>{one.set ?? `role ${one.role}`}</td>
      <td>{one.group ?? '–'}</td>
      <td>{one.score}</td>
      <td class="wide">{demandText(one)}</td>
      <td class="number">{formatNumber(one.estimate)}</td>
      <td class="number">{formatNumber(one.bound)}</td>
      <td class="number">{formatNumber(one.limit)}</td>
      <td class="number">{formatNumber(one.items)}</td>
      <td class="number">{one.moreItems === null ? '–' : formatNumber(one.moreItems)}</td>
    </tr>
  );
}
