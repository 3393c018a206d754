import { metricFromJson } from '../../src/core/metric-value.js';
import { ROLE_NAMES, roleLoss } from '../format/evaluations.js';
import { formatChange, formatNumber } from '../format/number.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';

type Evaluation = RunDetails['evaluations'][number];
const ROLES = ['in_domain', 'out_of_domain', 'base_capability'];

/** The adapter against the base model, by role and set. Each number is one measurement: n says of how many items. */
export function RunEvaluations({ run }: { run: RunDetails }) {
  if (run.evaluations.length === 0) {
    return (
      <Section title="Evaluations">
        <p class="hint">
          {run.state === 'running'
            ? 'They come when the training ends.'
            : 'The run has no evaluations: its config names none, or it ended before.'}
        </p>
      </Section>
    );
  }
  return (
    <Section
      title="Evaluations"
      note="against the base model without adapter; lower is better; one measurement each"
    >
      <div class="table-scroll">
        <table>
          <thead>
            <tr>
              <th>role</th>
              <th>set</th>
              <th class="number">items n</th>
              <th class="number">tokens</th>
              <NumberHead over="nats/token" title="loss" />
              <NumberHead over="nats/token" title="base" />
              <NumberHead over="nats/token" title="change" />
              <NumberHead over="bits/byte" title="adapter" />
              <NumberHead over="bits/byte" title="base" />
              <th>dataset</th>
            </tr>
          </thead>
          <tbody>{ROLES.flatMap((role) => rowsOf(run.evaluations, role))}</tbody>
        </table>
      </div>
    </Section>
  );
}

function NumberHead({ over, title }: { over: string; title: string }) {
  return (
    <th class="number">
      <small class="over">{over}</small>
      {title}
    </th>
  );
}

/** The sets of a role, and where there are several their mean over tokens. */
function rowsOf(evaluations: Evaluation[], role: string) {
  const sets = evaluations.filter((evaluation) => evaluation.role === role);
  const rows = sets.map((one) => <SetRow key={`${role}/${one.name}`} one={one} />);
  if (sets.length < 2) return rows;
  const [loss, baseLoss] = [roleLoss(sets, role, 'loss')!, roleLoss(sets, role, 'baseLoss')!];
  return [
    ...rows,
    <tr key={role} class="is-sum">
      <td>{ROLE_NAMES[role]}</td>
      <td>mean over tokens</td>
      <td class="number">{formatNumber(sum(sets, 'items'))}</td>
      <td class="number">{formatNumber(sum(sets, 'tokens'))}</td>
      <LossCells loss={loss} baseLoss={baseLoss} />
      <td class="number">–</td>
      <td class="number">–</td>
      <td />
    </tr>,
  ];
}

const sum = (sets: Evaluation[], key: 'items' | 'tokens') => sets.reduce((total, one) => total + one[key], 0);

function SetRow({ one }: { one: Evaluation }) {
  const [loss, baseLoss, bits, baseBits] = [one.loss, one.baseLoss, one.bitsPerByte, one.baseBitsPerByte].map(
    (value) => metricFromJson(value) ?? Number.NaN,
  ) as [number, number, number, number];
  return (
    <tr>
      <td>{ROLE_NAMES[one.role]}</td>
      <td>{one.name}</td>
      <td class="number">{formatNumber(one.items)}</td>
      <td class="number">{formatNumber(one.tokens)}</td>
      <LossCells loss={loss} baseLoss={baseLoss} />
      <td class="number" title={String(bits)}>
        {formatNumber(bits, 4)}
      </td>
      <td class="number" title={String(baseBits)}>
        {formatNumber(baseBits, 4)}
      </td>
      <td class="mono" title={one.datasetHash}>
        {one.datasetHash.slice(0, 12)}
      </td>
    </tr>
  );
}

function LossCells({ loss, baseLoss }: { loss: number; baseLoss: number }) {
  const change = loss - baseLoss;
  const look = change < 0 ? 'better' : change > 0 ? 'worse' : '';
  return (
    <>
      <td class={`number ${Number.isFinite(loss) ? '' : 'not-finite'}`} title={String(loss)}>
        {formatNumber(loss, 4)}
      </td>
      <td class="number" title={String(baseLoss)}>
        {formatNumber(baseLoss, 4)}
      </td>
      <td class={`number ${look}`} title={String(change)}>
        {formatChange(change)}
      </td>
    </>
  );
}
