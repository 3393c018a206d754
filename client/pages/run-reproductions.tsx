import { recordOf } from '../format/json.js';
import { formatNumber, formatSetting } from '../format/number.js';
import { formatInstant } from '../format/time.js';
import { Badge } from '../parts/badge.js';
import { CopyCommand } from '../parts/copy-command.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';
import { RunSeal } from './run-seal.js';

type Reproduction = RunDetails['reproductions'][number];

const LONGEST = 60;

/** The command that makes the run again, and what came of it when someone did. */
export function RunReproductions({ run }: { run: RunDetails }) {
  return (
    <Section
      title="Get it again"
      note={run.reproduces ? '' : 'same config, seed, data and model by hash, with a verdict'}
    >
      <CopyCommand command={`npx ranksweep reproduce ${run.reproduces ?? run.id}`} />
      <RunSeal id={run.id} />
      {run.reproduces && (
        <p class="facts">
          This run repeats <a href={`/runs/${run.reproduces}`}>{run.reproduces}</a>.
        </p>
      )}
      {run.reproductions.length > 0 && (
        <table class="section">
          <thead>
            <tr>
              <th>verdict</th>
              <th>original</th>
              <th>reproduction</th>
              <th>first difference</th>
              <th>evidence</th>
              <th>differences of code and environment</th>
              <th>judged</th>
            </tr>
          </thead>
          <tbody>
            {run.reproductions.map((one) => (
              <ReproductionRow key={one.reproductionId} one={one} here={run.id} />
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}

function ReproductionRow({ one, here }: { one: Reproduction; here: string }) {
  return (
    <tr>
      <td>
        <Badge state={one.verdict} />
      </td>
      {[one.originalId, one.reproductionId].map((id) => (
        <td key={id} class="mono">
          {id === here ? 'this run' : <a href={`/runs/${id}`}>{id}</a>}
        </td>
      ))}
      <td>{placeText(one)}</td>
      <td class="wide">{evidenceText(one.evidence)}</td>
      <td class="wide">{differencesText(one.differences)}</td>
      <td>{formatInstant(one.judgedAt)}</td>
    </tr>
  );
}

/** A diff of code among them would fill the page. */
function short(value: unknown): string {
  const text = formatSetting(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

function placeText({ metric, step }: Reproduction): string {
  if (metric === null) return 'none';
  return step === null ? metric : `${metric} at step ${formatNumber(step)}`;
}

/** Weights, kernel noise and seed variance in a sentence each; of verdicts from older versions nothing. */
function evidenceText(evidence: unknown): string {
  const { weights, kernelNoise, seedVariance } = recordOf(evidence);
  if (kernelNoise === undefined) return 'judged by one tolerance, by an older version';
  const { isIdentical, relative, why } = recordOf(weights);
  const apart = isIdentical ? 'the same bits' : (why ?? `${formatNumber(Number(relative))} apart`);
  return [
    `weights: ${apart}`,
    classText('kernel noise', kernelNoise),
    classText('seed variance', seedVariance),
  ].join('; ');
}

function classText(name: string, check: unknown): string {
  const { holds, why, n } = recordOf(check);
  const word = holds === null ? 'cannot be told' : holds ? 'yes' : 'no';
  return `${name}: ${word}, ${why}${n === undefined ? '' : ` (${n} replicates)`}`;
}

/** A list of texts or of {field, …}, or a record: whatever was stored, in one line. */
function differencesText(differences: unknown): string {
  const list = Array.isArray(differences) ? differences : Object.entries(recordOf(differences));
  if (list.length === 0) return 'none named';
  return list
    .map((one) => (Array.isArray(one) ? `${one[0]}: ${formatSetting(one[1])}` : textOf(one)))
    .join('; ');
}

function textOf(one: unknown): string {
  if (typeof one === 'string') return one;
  const { field, name, what, message, original, here, now } = recordOf(one);
  const title = field ?? name ?? what ?? message;
  if (typeof title !== 'string') return formatSetting(one);
  const after = here ?? now;
  return after === undefined ? title : `${title}: ${short(original)} → ${short(after)}`;
}
