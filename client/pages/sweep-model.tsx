import { parameterImportance } from '../charts/parameter-importance.js';
import { slicePlot } from '../charts/slice-plot.js';
import { ChartHost } from '../parts/chart-host.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { hoverRun } from '../parts/hover.js';
import { Section } from '../parts/section.js';
import { go } from '../router.js';
import type { SearchDetails, SliceData } from './search-data.js';
import { objectiveOf, type SweepDetails } from './sweep-data.js';

const HEIGHT = 200;

/** Which parameters make the differences, alone and in pairs. */
export function SweepImportance({ search, titles }: { search: SearchDetails; titles: Map<string, string> }) {
  const { shares, explained, trials, leftOut } = search.importance;
  const bars = shares.map((one) => ({
    ...one,
    parameters: one.parameters.map((name) => titles.get(name) ?? name),
  }));
  const rows = shares.map(({ parameters, share, deviation }) => [parameters.join(' × '), share, deviation]);
  const note =
    leftOut.length > 0
      ? `without ${leftOut.join(', ')}: not in every trial`
      : 'alone, and hatched: in pairs beyond that';
  const columns = ['parameters', 'share', 'deviation between trees'];
  return (
    <Section
      title="What matters"
      note={note}
      controls={<FigureMenu name="importance" table={() => ({ columns, rows })} />}
    >
      <ChartHost
        height={Math.min(300, 60 + 26 * Math.max(4, Math.min(9, bars.length)))}
        inputs={[JSON.stringify(search.importance)]}
        draw={(frame) =>
          parameterImportance(bars, {
            ...{ ...frame, trials, emptyText: 'Importance needs four trials with results that differ' },
            ...(explained !== null && { explained }),
          })
        }
      />
    </Section>
  );
}

/** Trials and model along each parameter, a small chart each. */
export function SweepSlices({
  sweep,
  slices,
  titles,
}: {
  sweep: SweepDetails;
  slices: SliceData[];
  titles: Map<string, string>;
}) {
  const { name } = objectiveOf(sweep);
  const held = slices.find(({ heldAtTrial }) => heldAtTrial !== null)?.heldAtTrial;
  const note = held
    ? `band: what a model believes, 95 %, with the other parameters of trial ${held}; dots: trials with their own, triangles beyond the axis`
    : 'a model comes with four results';
  const rows = slices.flatMap(({ parameter, model }) =>
    model.map(({ x, mean, low, high }) => [parameter, x, mean, low, high]),
  );
  const columns = ['parameter', 'value', 'mean', 'low', 'high'];
  return (
    <Section
      title="Along each parameter"
      note={note}
      controls={<FigureMenu name={`${sweep.name} slices`} table={() => ({ columns, rows })} />}
    >
      <div class="curve-grid">
        {slices.map((slice) => (
          <ChartHost
            key={slice.parameter}
            height={HEIGHT}
            inputs={[JSON.stringify(slice)]}
            draw={(frame) =>
              slicePlot(slice, {
                ...{ ...frame, xTitle: titles.get(slice.parameter) ?? slice.parameter, yTitle: name },
                ...{ xKind: slice.kind, yScale: 'linear', onHover: hoverRun },
                onSelect: (id) => go(`/runs/${id}`),
              })
            }
          />
        ))}
      </div>
    </Section>
  );
}
