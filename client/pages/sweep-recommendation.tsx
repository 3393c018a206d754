import { recordOf } from '../format/json.js';
import { formatNumber, formatSetting } from '../format/number.js';
import { CopyCommand } from '../parts/copy-command.js';
import { objectiveOf, objectiveValue, type SweepDetails, type TrialDetails } from './sweep-data.js';

/** The recommended trial in one sentence with the command that makes it again; before there is one, the best so far. */
export function Recommendation({ sweep }: { sweep: SweepDetails }) {
  const { trialId, why } = recordOf(sweep.recommendation);
  const recommended = sweep.trials.find(({ id }) => id === trialId);
  const trial = recommended ?? sweep.trials.find(({ id }) => id === sweep.best?.id);
  if (!trial?.run) return null;
  return (
    <div class="notice section">
      <p>
        <strong>
          {recommended ? 'Recommended: ' : 'Best so far: '}
          <a href={`/runs/${trial.run.id}`}>trial {trial.number}</a>
        </strong>
        {', '}
        {sentenceOf(trial, sweep)}
      </p>
      {recommended && typeof why === 'string' && <p class="meta">{why}</p>}
      <CopyCommand command={`npx ranksweep reproduce ${trial.run.id}`} />
    </div>
  );
}

function sentenceOf(trial: TrialDetails, sweep: SweepDetails): string {
  const parameters = Object.entries(recordOf(trial.parameters));
  const settings = parameters.map(([name, value]) => `${name} ${formatSetting(value)}`);
  return `${objectiveOf(sweep).name} ${formatNumber(objectiveValue(trial), 4)} with ${settings.join(', ')}.`;
}
