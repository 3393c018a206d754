import { metricFromJson } from '../../src/core/metric-value.js';
import { CALM_MS, useLiveQuery } from '../api/live-query.js';
import { ComparedEvaluationsDocument, type ComparedEvaluationsQuery } from '../api/operations.generated.js';
import { ROLE_NAMES, roleLoss } from '../format/evaluations.js';
import { formatChange, formatNumber } from '../format/number.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';

type Evaluation = RunDetails['evaluations'][number];
type Compared = ComparedEvaluationsQuery['comparedEvaluations'][number];
const ROLES = ['in_domain', 'out_of_domain', 'base_capability'];

/** The adapter against the base model, by role, set and score. n says of how many items; the interval is of the change, from the items. */
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
      note="against the base model without adapter, on the same items; ↓ lower is better, ↑ higher is better"
    >
      <Scores run={run} />
    </Section>
  );
}

/** Intervals need the items, and come after the table. */
function Scores({ run }: { run: RunDetails }) {
  const hasItems = run.evaluations.some(({ scores }) => scores.some(({ baseValue }) => baseValue !== null));
  if (!hasItems) return <Table run={run} compared={[]} />;
  return <ComparedTable run={run} />;
}

function ComparedTable({ run }: { run: RunDetails }) {
  const { data } = useLiveQuery(ComparedEvaluationsDocument, { runIds: [run.id] }, () => 12 * CALM_MS);
  return <Table run={run} compared={data?.comparedEvaluations ?? []} />;
}

function Table({ run, compared }: { run: RunDetails; compared: Compared[] }) {
  const count = compared.length;
  return (
    <div class="table-scroll">
      <table>
        <thead>
          <tr>
            <th>role</th>
            <th>set</th>
            <th>score</th>
            <th class="number">items n</th>
            <th class="number">adapter</th>
            <th class="number">base</th>
            <th class="number">change</th>
            <th class="number" title={count > 1 ? `95 % for all ${count} together` : '95 %'}>
              its interval
            </th>
            <th>dataset</th>
          </tr>
        </thead>
        <tbody>{ROLES.flatMap((role) => rowsOf(run.evaluations, role, compared))}</tbody>
      </table>
    </div>
  );
}

/** The scores of a role's sets, and where there are several sets the mean loss over their tokens. */
function rowsOf(evaluations: Evaluation[], role: string, compared: Compared[]) {
  const sets = evaluations.filter((evaluation) => evaluation.role === role);
  const rows = sets.flatMap((set) =>
    scoresOf(set).map((score, i) => {
      const interval = compared.find((one) => one.name === set.name && one.score === score.score);
      return (
        <ScoreRow
          key={`${role}/${set.name}/${score.score}`}
          {...{ set, score, interval }}
          isFirst={i === 0}
        />
      );
    }),
  );
  const measured = sets.filter(({ tokens }) => tokens > 0);
  if (measured.length < 2) return rows;
  return [...rows, <MeanRow key={role} role={role} sets={measured} />];
}

interface Score {
  score: string;
  goal: string;
  count: number;
  value: number;
  baseValue: number | null;
}

/** Loss first. Runs from before scores were stored by item have two. */
function scoresOf({ scores, ...set }: Evaluation): Score[] {
  const read = (value: unknown) => metricFromJson(value) ?? Number.NaN;
  if (scores.length > 0) {
    const order = ['loss', 'bits_per_byte'];
    const place = ({ score }: { score: string }) =>
      (order.indexOf(score) + order.length + 1) % (order.length + 1);
    return [...scores]
      .sort((a, b) => place(a) - place(b))
      .map((one) => ({
        ...one,
        value: read(one.value),
        baseValue: one.baseValue === null ? null : read(one.baseValue),
      }));
  }
  const old = { goal: 'minimize', count: set.items };
  return [
    { ...old, score: 'loss', value: read(set.loss), baseValue: read(set.baseLoss) },
    { ...old, score: 'bits_per_byte', value: read(set.bitsPerByte), baseValue: read(set.baseBitsPerByte) },
  ];
}

/** What the built-in scores are called, with their units. */
const SCORE_NAMES: Record<string, string> = { loss: 'loss, nats/token', bits_per_byte: 'bits/byte' };
const scoreName = (score: string) => SCORE_NAMES[score] ?? score.replaceAll('_', ' ');

interface ScoreRowProps {
  set: Evaluation;
  score: Score;
  interval: Compared | undefined;
  isFirst: boolean;
}

function ScoreRow({ set, score, interval, isFirst }: ScoreRowProps) {
  return (
    <tr>
      <td>{isFirst && ROLE_NAMES[set.role]}</td>
      <td title={set.distance ?? undefined}>
        {isFirst && set.name}
        {isFirst && set.distance && <small class="hint"> {set.distance}</small>}
      </td>
      <td>
        {scoreName(score.score)} {score.goal === 'minimize' ? '↓' : '↑'}
      </td>
      <td class="number">{formatNumber(score.count)}</td>
      <ValueCells {...score} interval={interval} />
      <td class="number" title={interval?.words}>
        {intervalText(score, interval)}
      </td>
      <td class="mono" title={set.datasetHash}>
        {isFirst && set.datasetHash.slice(0, 12)}
      </td>
    </tr>
  );
}

/** A gain is the change in the direction that is better. */
function intervalText({ goal }: Score, interval: Compared | undefined): string {
  const [low, high] = [interval?.low, interval?.high].map((value) => metricFromJson(value));
  if (low === undefined || high === undefined) return '–';
  const [from, to] = goal === 'minimize' ? [-high, -low] : [low, high];
  return `${formatChange(from)} to ${formatChange(to)}`;
}

interface ValueCellsProps extends Pick<Score, 'goal' | 'value' | 'baseValue'> {
  interval?: Compared;
}

/** Coloured where the items tell the two apart, or where nothing is known of them. */
function ValueCells({ goal, value, baseValue, interval }: ValueCellsProps) {
  const change = baseValue === null ? Number.NaN : value - baseValue;
  const gain = interval ? (GAINS[interval.better ?? ''] ?? 0) : goal === 'minimize' ? -change : change;
  const look = gain > 0 ? 'better' : gain < 0 ? 'worse' : '';
  return (
    <>
      <td class={`number ${Number.isFinite(value) ? '' : 'not-finite'}`} title={String(value)}>
        {formatNumber(value, 4)}
      </td>
      <td class="number" title={String(baseValue)}>
        {baseValue === null ? '–' : formatNumber(baseValue, 4)}
      </td>
      <td class={`number ${look}`} title={String(change)}>
        {baseValue === null ? '–' : formatChange(change)}
      </td>
    </>
  );
}

const GAINS: Record<string, number> = { run: 1, baseline: -1 };

function MeanRow({ role, sets }: { role: string; sets: Evaluation[] }) {
  const [value, baseValue] = [roleLoss(sets, role, 'loss')!, roleLoss(sets, role, 'baseLoss')!];
  return (
    <tr class="is-sum">
      <td>{ROLE_NAMES[role]}</td>
      <td>mean over tokens</td>
      <td>{scoreName('loss')} ↓</td>
      <td class="number">{formatNumber(sets.reduce((sum, { items }) => sum + items, 0))}</td>
      <ValueCells goal="minimize" value={value} baseValue={baseValue} />
      <td class="number">–</td>
      <td />
    </tr>
  );
}
