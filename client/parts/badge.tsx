import { runColor } from '../charts/colors.js';

const LOOKS: Record<string, string> = {
  finished: 'good',
  ship: 'good',
  met: 'good',
  do_not_ship: 'failure',
  violated: 'failure',
  not_enough_evidence: 'attention',
  undecided: 'attention',
  identical: 'good',
  within_kernel_noise: 'good',
  within_seed_variance: 'attention',
  different: 'attention',
  within_tolerance: 'good',
  idle: 'good',
  running: 'live-badge',
  busy: 'live-badge',
  diverged: 'attention',
  paused: 'attention',
  differs: 'attention',
  lost: 'failure',
  failed: 'failure',
  gone: 'failure',
};

const SIGNS: Record<string, string> = {
  finished: '✓',
  ship: '✓',
  met: '✓',
  do_not_ship: '×',
  violated: '×',
  not_enough_evidence: '?',
  undecided: '?',
  identical: '✓',
  within_kernel_noise: '≈',
  within_seed_variance: '~',
  different: '≠',
  within_tolerance: '✓',
  running: '▸',
  busy: '▸',
  diverged: '×',
  stopped: '|',
  failed: '!',
  lost: '?',
  paused: '‖',
  cancelled: '–',
  differs: '≠',
};

/** A state or verdict: sign and word, colour only on top. */
export function Badge({ state, title }: { state: string; title?: string }) {
  return (
    <span class={`badge ${LOOKS[state] ?? ''}`} title={title}>
      <span aria-hidden="true">{SIGNS[state] ?? '·'}</span>
      {state.replaceAll('_', ' ')}
    </span>
  );
}

/** The run's colour, the same on every page. */
export function Swatch({ runId }: { runId: string }) {
  return <span class="swatch" style={{ background: runColor(runId) }} aria-hidden="true" />;
}
