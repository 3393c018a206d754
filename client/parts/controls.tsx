import { COUNT_METRICS, X_AXES, type XAxis } from '../charts/curve-axis.js';
import type { ScaleKind } from '../charts/scales.js';
import { amountOf, SMOOTHINGS, type Smoothing, type SmoothingKind } from '../charts/smoothing.js';
import { setParameters } from '../router.js';

/** A choice of few, all of them visible. */
export function Segmented<T extends string>(props: {
  label: string;
  options: T[];
  value: T;
  onChange(value: T): void;
}) {
  return (
    <fieldset class="segmented" aria-label={props.label}>
      {props.options.map((option) => (
        <button
          key={option}
          type="button"
          aria-pressed={option === props.value}
          onClick={() => props.onChange(option)}
        >
          {option}
        </button>
      ))}
    </fieldset>
  );
}

export interface CurveView {
  scale: ScaleKind;
  smoothing: Smoothing;
  axis: XAxis;
  metric: string | null;
}

/** How curves are shown, from the address: `scale=log&smooth=0.6&smoothing=gaussian&x=tokens&curve=train/loss`. */
export function curveViewOf(parameters: URLSearchParams): CurveView {
  const strength = Number(parameters.get('smooth') ?? 0);
  return {
    scale: parameters.get('scale') === 'log' ? 'log' : 'linear',
    smoothing: {
      kind: SMOOTHINGS.find((kind) => kind === parameters.get('smoothing')) ?? 'ema',
      strength: strength >= 0 && strength < 1 ? strength : 0,
    },
    axis: X_AXES.find((axis) => axis === parameters.get('x')) ?? 'step',
    metric: parameters.get('curve'),
  };
}

/** The metric that counts what an axis shows, among those that the runs have; undefined where it needs none, or none does. */
export function countMetricOf(axis: XAxis, metrics: readonly string[]): string | undefined {
  if (axis !== 'tokens' && axis !== 'examples') return undefined;
  return COUNT_METRICS[axis].find((name) => metrics.includes(name));
}

const AXIS_NAMES: Record<XAxis, string> = {
  ...{ step: 'steps', tokens: 'tokens', examples: 'examples' },
  ...{ relative: 'relative time', wall: 'wall time' },
};
const SMOOTHING_NAMES: Record<SmoothingKind, string> = {
  ...{ ema: 'moving average (TensorBoard)', 'time-weighted': 'time-weighted (W&B)' },
  ...{ mean: 'running mean', gaussian: 'Gaussian' },
};

interface CurveControlsProps {
  view: CurveView;
  /** all that can be counted by; what of them is offered to choose from is `choices` */
  metrics: readonly string[];
  choices?: readonly string[];
  metric?: string;
}

/** What is drawn, over what, how smooth, and on which scale. */
export function CurveControls({ view, metrics, choices, metric }: CurveControlsProps) {
  const axes = X_AXES.filter(
    (axis) => (axis !== 'tokens' && axis !== 'examples') || countMetricOf(axis, metrics),
  );
  const { strength, kind } = view.smoothing;
  return (
    <>
      {choices && choices.length > 0 && (
        <Choice
          label="metric of the curves"
          options={choices.map((name) => [name, name])}
          value={metric ?? ''}
          onChange={(curve) => setParameters({ curve })}
        />
      )}
      <Choice
        label="what the curves are drawn over"
        options={axes.map((axis) => [axis, AXIS_NAMES[axis]])}
        value={view.axis}
        onChange={(axis) => setParameters({ x: axis === 'step' ? null : axis, steps: null })}
      />
      <label>
        smoothing{' '}
        <input
          type="range"
          min="0"
          max="0.95"
          step="0.05"
          value={strength}
          onInput={(event) => setParameters({ smooth: zeroIsNull(event.currentTarget.value) })}
        />{' '}
        {strength === 0 ? 'none' : amountOf(view.smoothing).text}
      </label>
      {strength > 0 && (
        <Choice
          label="kind of smoothing"
          options={SMOOTHINGS.map((one) => [one, SMOOTHING_NAMES[one]])}
          value={kind}
          onChange={(smoothing) => setParameters({ smoothing: smoothing === 'ema' ? null : smoothing })}
        />
      )}
      <Segmented
        label="scale of the loss axis"
        options={['linear', 'log']}
        value={view.scale}
        onChange={(scale) => setParameters({ scale: scale === 'log' ? 'log' : null })}
      />
    </>
  );
}

function Choice(props: {
  label: string;
  options: [value: string, name: string][];
  value: string;
  onChange(value: string): void;
}) {
  return (
    <select
      aria-label={props.label}
      value={props.value}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    >
      {props.options.map(([value, name]) => (
        <option key={value} value={value}>
          {name}
        </option>
      ))}
    </select>
  );
}

const zeroIsNull = (value: string) => (Number(value) === 0 ? null : value);
