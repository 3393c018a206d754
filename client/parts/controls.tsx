import type { ScaleKind } from '../charts/scales.js';
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
  smoothing: number;
  metric: string | null;
}

/** How curves are shown, from the address: `scale=log&smooth=0.6&curve=train/loss`. */
export function curveViewOf(parameters: URLSearchParams): CurveView {
  const smoothing = Number(parameters.get('smooth') ?? 0);
  return {
    scale: parameters.get('scale') === 'log' ? 'log' : 'linear',
    smoothing: smoothing >= 0 && smoothing < 1 ? smoothing : 0,
    metric: parameters.get('curve'),
  };
}

export function CurveControls({
  view,
  metrics,
  metric,
}: {
  view: CurveView;
  metrics?: string[];
  metric?: string;
}) {
  return (
    <>
      {metrics && metrics.length > 0 && (
        <select
          aria-label="metric of the curves"
          value={metric}
          onChange={(event) => setParameters({ curve: event.currentTarget.value })}
        >
          {metrics.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      )}
      <label>
        smoothing{' '}
        <input
          type="range"
          min="0"
          max="0.95"
          step="0.05"
          value={view.smoothing}
          onInput={(event) => setParameters({ smooth: zeroIsNull(event.currentTarget.value) })}
        />{' '}
        {view.smoothing.toFixed(2)}
      </label>
      <Segmented
        label="scale of the loss axis"
        options={['linear', 'log']}
        value={view.scale}
        onChange={(scale) => setParameters({ scale: scale === 'log' ? 'log' : null })}
      />
    </>
  );
}

const zeroIsNull = (value: string) => (Number(value) === 0 ? null : value);
