import { matching } from '../search/matching.js';
import { type Condition, readFilter, readOrder, type Vocabulary } from '../search/vocabulary.js';
import type { Experiment } from './experiment.service.js';

const VOCABULARY: Vocabulary = {
  kinds: ['attribute', 'tag'],
  numericAttributes: ['creation_time', 'last_update_time'],
  textAttributes: ['name', 'experiment_id'],
  listAttributes: ['experiment_id'],
  nullable: ['tag'],
};
const NEWEST_FIRST = ['creation_time DESC', 'experiment_id ASC'];

/** The experiments that a filter lets through, in order. @throws MlflowError */
export function searchExperiments(
  experiments: Experiment[],
  filter: string | undefined,
  orderBy: readonly string[],
): Experiment[] {
  const conditions = readFilter(filter, VOCABULARY);
  const orders = readOrder(orderBy, VOCABULARY);
  const ties = NEWEST_FIRST.filter((order) => !orders.some(({ key }) => order.startsWith(key)));
  return matching(experiments, conditions, [...orders, ...readOrder(ties, VOCABULARY)], readValue);
}

function readValue({ project, tags }: Experiment, { kind, key }: Pick<Condition, 'kind' | 'key'>) {
  if (kind === 'tag') return tags.find((tag) => tag.key === key)?.value;
  if (key === 'name') return project.name;
  if (key === 'experiment_id') return project.id;
  return Date.parse(key === 'creation_time' ? project.createdAt : (project.updatedAt ?? project.createdAt));
}
