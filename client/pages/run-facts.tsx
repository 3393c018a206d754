import type { ComponentChildren } from 'preact';
import { readScaleCounts, scalesText } from '../../src/core/adapter-scales.js';
import { recordOf, summaryFact, valueAt } from '../format/json.js';
import { formatNumber, formatSetting } from '../format/number.js';
import { formatDuration, formatInstant } from '../format/time.js';
import type { RunDetails } from './run.js';

/** The line of facts under the title: cost, size, machine, code. */
export function RunFacts({ run }: { run: RunDetails }) {
  return (
    <dl class="facts-grid">
      {factsOf(run).map(([name, value, full]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd title={full ?? (typeof value === 'string' ? value : undefined)}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

type Fact = [name: string, value: ComponentChildren, full?: string];

function factsOf(run: RunDetails): Fact[] {
  const end = run.endedAt ? Date.parse(run.endedAt) : Date.now();
  const facts: Fact[] = [
    ['started', formatInstant(run.startedAt), run.startedAt],
    ['time', formatDuration(end - Date.parse(run.startedAt))],
    ['trainable parameters', trainableText(run)],
    ['tokens', formatNumber(summaryFact(run.summary, 'tokens'))],
    ['tokens per second', formatNumber(summaryFact(run.summary, 'tokensPerSecond'))],
    ['best step', formatNumber(summaryFact(run.summary, 'bestStep'))],
    ['seed', formatNumber(run.seed)],
    ['learning rate', settingText(run, 'optimizer.learningRate')],
    ['rank', settingText(run, 'lora.rank')],
    ['adapter', adapterText(run)],
    ['backend', backendText(run), textAt(run, 'backend.why')],
    ['machine', machineText(run)],
    ['code', codeText(run), textAt(run, 'git.commit')],
    ['worker', run.workerId ?? '–'],
    ['reported by', run.origin === 'worker' ? '–' : run.origin],
    ['group', run.group ?? '–'],
    ['part of', run.parentId ? <a href={`/runs/${run.parentId}`}>{run.parentId}</a> : '–'],
  ];
  return facts.filter(([, value]) => value !== '–');
}

function trainableText({ summary }: RunDetails): string {
  const [trainable, total] = [
    summaryFact(summary, 'trainableParameters'),
    summaryFact(summary, 'totalParameters'),
  ];
  if (trainable === undefined || !total) return formatNumber(trainable);
  return `${formatNumber(trainable)} (${formatNumber((100 * trainable) / total, 2)} %)`;
}

/** The scale that the modules' updates have, for whoever loads the adapter elsewhere. */
function adapterText({ summary }: RunDetails): string {
  const scales = readScaleCounts(valueAt(summary, 'facts.adapterScales'));
  return scales.length === 0 ? '–' : scalesText(scales);
}

function settingText({ config }: RunDetails, path: string): string {
  return formatSetting(valueAt(config, path) ?? undefined);
}

function textAt({ provenance }: RunDetails, path: string): string {
  const value = valueAt(provenance, path);
  return value === undefined || value === null ? '–' : formatSetting(value);
}

/** With the GPU that it computed on, where it did. */
function backendText(run: RunDetails): string {
  const device = textAt(run, 'backend.device');
  const name = textAt(run, 'backend.name');
  return device === '–' ? name : `${name} on ${device}`;
}

function machineText(run: RunDetails): string {
  const { host, cores } = recordOf(valueAt(run.provenance, 'hardware'));
  if (typeof host !== 'string') return '–';
  return cores === undefined ? host : `${host}, ${String(cores)} cores`;
}

function codeText(run: RunDetails): string {
  const commit = textAt(run, 'git.commit');
  if (commit === '–') return commit;
  return `${commit.slice(0, 10)}${valueAt(run.provenance, 'git.dirty') === true ? ', changed' : ''}`;
}
