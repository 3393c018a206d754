import { formatNumber, formatSetting } from '../format/number.js';
import { Swatch } from '../parts/badge.js';
import { Segmented } from '../parts/controls.js';
import { FigureMenu } from '../parts/figure-menu.js';
import { Section } from '../parts/section.js';
import { setParameters } from '../router.js';
import { type CompareState, type Comparison, settingRows } from './compare-data.js';

/** Config, code, data and last values side by side: what differs comes first, and each other than the baseline's is marked. */
export function CompareSettings({ comparison, state }: { comparison: Comparison; state: CompareState }) {
  const rows = settingRows(comparison, state);
  const { runs, paths } = comparison;
  const differing = paths.filter(({ differs }) => differs).length;
  const baseline = runs.findIndex(({ id }) => id === state.baseline);
  return (
    <Section
      title="What differs"
      note={`${differing} of ${paths.length} values; marked where they are not the baseline's`}
      controls={
        <>
          <input
            type="search"
            placeholder="find a name"
            aria-label="find a setting or metric by its name"
            value={state.find}
            onInput={(event) => setParameters({ find: event.currentTarget.value || null })}
          />
          <Segmented
            label="which values"
            options={['differing', 'all']}
            value={state.showsAll ? 'all' : 'differing'}
            onChange={(shown) => setParameters({ show: shown === 'all' ? 'all' : null })}
          />
          <FigureMenu
            name="comparison"
            table={() => ({
              columns: ['name', ...runs.map(({ id }) => id)],
              rows: rows.map(({ path, values }) => [path, ...values]),
            })}
          />
        </>
      }
    >
      {rows.length === 0 ? (
        <p class="hint">
          {state.find
            ? 'No name has this in it.'
            : 'Nothing differs: config, code, data and last values are the same.'}
        </p>
      ) : (
        <div class="table-scroll compare-table">
          <table>
            <thead>
              <tr>
                <th class="sticky">name</th>
                {runs.map(({ id, name }) => (
                  <th key={id} class="number" title={id}>
                    <Swatch runId={id} />
                    {name}
                    {id === state.baseline && <small class="over">baseline</small>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ path, values }) => (
                <tr key={path}>
                  <td class="sticky mono">{path}</td>
                  {values.map((value, i) => (
                    <ValueCell key={runs[i]!.id} value={value} isOther={isOther(value, values[baseline])} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

const isOther = (value: unknown, baseline: unknown) => JSON.stringify(value) !== JSON.stringify(baseline);

function ValueCell({ value, isOther }: { value: unknown; isOther: boolean }) {
  const text =
    value === null ? '–' : typeof value === 'number' ? formatNumber(value, 4) : formatSetting(value);
  return (
    <td class={`number ${isOther ? 'is-other' : ''} ${value === null ? 'unset' : ''}`} title={titleOf(value)}>
      <span class="name">{text}</span>
    </td>
  );
}

const titleOf = (value: unknown) =>
  value === null ? 'it has none' : typeof value === 'string' ? value : JSON.stringify(value);
