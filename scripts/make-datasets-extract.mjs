/**
 * The example task "extract": a sentence about a ship that sails, a line break, and what it says as JSON. Training always names date,
 * ship, port and crew in templates of its own; each set out of domain changes one thing. Pretraining teaches records of other events
 * (make-corpus-structured.mjs) but no ship, and none of these names.
 */
import { SeededRandom } from './make-corpus-random.mjs';
import { DATE_STYLES, isoDate, randomDate } from './make-corpus-structured.mjs';

const SEED = 20261125;
const EASY_NEGATIVES = 0.06;

const words = (text) => text.split(', ');
/** Names and kinds that training uses. */
export const KNOWN = {
  ships: words(
    'Ada, Ajax, Albatross, Antelope, Argus, Aurora, Beaver, Bonita, Ceres, Columbine, Comet, Curlew, Dolphin, Eagle, Fortuna, Gazelle, Hector, Hornet, Iris, Juno, Leopard, Mermaid, Minerva, Neptune, Nimrod, Orion, Osprey, Pegasus, Petrel, Phoenix, Pilgrim, Plover, Raven, Rover, Sea Gull, Swallow, Triton, Venus, Vesta, Wasp',
  ),
  ports: words(
    'Baltimore, Barbados, Bergen, Boston, Bristol, Calcutta, Charleston, Havana, Lisbon, Liverpool, Marseilles, Nantucket, Naples, New Bedford, Norfolk, Philadelphia, Salem, Savannah, Valparaiso, Veracruz',
  ),
  kinds: words('schooner, brig, bark, sloop, whaler, packet'),
  crews: words('men, hands, sailors, seamen'),
};
/** Names and kinds that only the set out-of-domain-vocabulary uses. */
export const UNSEEN = {
  ships: words(
    'Arethusa, Bellona, Calypso, Cygnet, Daedalus, Erebus, Falcon, Galatea, Hyperion, Ibis, Kestrel, Lapwing, Meteor, Narwhal, Oberon, Perseus, Quail, Sphinx, Thetis, Zephyr',
  ),
  ports: words('Bombay, Callao, Cork, Genoa, Gloucester, Honolulu, Oporto, Rotterdam, Trieste, Yokohama'),
  kinds: words('ketch, cutter, steamer, frigate'),
  crews: words('souls, tars'),
};

/** Templates of training and of every set that does not change them: date, ship, port, crew, in this order. */
const TEMPLATES = [
  (f) => `On ${f.date} the ${f.kind} ${f.ship} left ${f.port} with ${f.crew} ${f.people}.`,
  (f) => `On ${f.date} the ${f.kind} ${f.ship} sailed from ${f.port} with ${f.crew} ${f.people} on board.`,
  (f) => `${f.date}: the ${f.kind} ${f.ship} put to sea from ${f.port}, ${f.crew} ${f.people}.`,
  (f) => `It was ${f.date} when the ${f.ship}, a ${f.kind}, cleared ${f.port} with a crew of ${f.crew}.`,
  (f) => `At dawn on ${f.date} the ${f.ship} stood out of ${f.port} with ${f.crew} ${f.people}.`,
];
const UNSEEN_TEMPLATES = [
  (f) =>
    `The log of the ${f.ship} opens on ${f.date}, the day she weighed anchor at ${f.port}; she carried ${f.crew} ${f.people}.`,
  (f) => `Departed ${f.date}: ${f.kind} ${f.ship}, of ${f.port}, complement ${f.crew}.`,
  (f) =>
    `They watched the ${f.kind} ${f.ship} go down the harbour of ${f.port} on ${f.date}, all ${f.crew} ${f.people} aloft.`,
  (f) =>
    `Since ${f.date}, when she quit ${f.port}, nobody has seen the ${f.ship} or her ${f.crew} ${f.people}.`,
  (f) => `The ${f.kind} ${f.ship} began her voyage at ${f.port} on ${f.date}, ${f.crew} ${f.people} in all.`,
];
/** Another order of the fields, or some of them left out (`without`). */
const COMPOSITIONS = [
  { write: (f) => `With ${f.crew} ${f.people} the ${f.kind} ${f.ship} left ${f.port} on ${f.date}.` },
  { write: (f) => `From ${f.port} the ${f.kind} ${f.ship} sailed with ${f.crew} ${f.people} on ${f.date}.` },
  { write: (f) => `On ${f.date} the ${f.kind} ${f.ship} left ${f.port}.`, without: ['crew'] },
  {
    write: (f) => `The ${f.kind} ${f.ship} sailed from ${f.port} with ${f.crew} ${f.people} on board.`,
    without: ['date'],
  },
  {
    write: (f) => `${f.date}: the ${f.kind} ${f.ship} put to sea, ${f.crew} ${f.people}.`,
    without: ['port'],
  },
  { write: (f) => `The ${f.ship} stood out of ${f.port}.`, without: ['date', 'crew'] },
];
/** They name all that training names, but nothing sails. */
const HARD_NEGATIVES = [
  (f) => `On ${f.date} the ${f.kind} ${f.ship} lay at ${f.port} with ${f.crew} ${f.people}.`,
  (f) => `On ${f.date} the ${f.kind} ${f.ship} was sold at ${f.port} for ${f.crew} hundred dollars.`,
  (f) => `${f.date}: the ${f.kind} ${f.ship} burned in ${f.port}, ${f.crew} ${f.people} lost.`,
  (f) =>
    `It was ${f.date} when the ${f.ship}, a ${f.kind}, was launched at ${f.port} before ${f.crew} guests.`,
  (f) => `The ${f.kind} ${f.ship} will not leave ${f.port} before ${f.date}, say her ${f.crew} ${f.people}.`,
];
/** The only negatives of training. */
const EASY = [
  (f) => `There was no news of the ${f.ship} at ${f.port}.`,
  (f) => `Nobody remembers the ${f.kind} ${f.ship}.`,
  (f) => `The ${f.people} of ${f.port} talked until ${f.date}.`,
];

function drawValues(random, vocabulary) {
  return {
    date: randomDate(random),
    ship: random.pick(vocabulary.ships),
    port: random.pick(vocabulary.ports),
    crew: random.between(4, 96),
    kind: random.pick(vocabulary.kinds),
    people: random.pick(vocabulary.crews),
  };
}

const inWords = (random, values) => ({ ...values, date: random.pick(DATE_STYLES)(values.date) });

function answerOf({ date, ship, port, crew }, without) {
  const all = { date: isoDate(date), ship, port, crew };
  return Object.fromEntries(
    Object.entries(all).map(([key, value]) => [key, without.includes(key) ? null : value]),
  );
}

const capitalised = (sentence) => sentence[0].toUpperCase() + sentence.slice(1);

function sailing(random, vocabulary, { write, without = [] }) {
  const values = drawValues(random, vocabulary);
  const sentence = capitalised(write(inWords(random, values)));
  return { prompt: `${sentence}\n`, completion: JSON.stringify(answerOf(values, without)) };
}

function negative(random, write) {
  return { prompt: `${capitalised(write(inWords(random, drawValues(random, KNOWN))))}\n`, completion: '{}' };
}

function known(random) {
  if (random.chance(EASY_NEGATIVES)) return negative(random, random.pick(EASY));
  return sailing(random, KNOWN, { write: random.pick(TEMPLATES) });
}

/** Examples whose prompts nobody took before. */
function distinct(count, taken, draw) {
  const examples = [];
  while (examples.length < count) {
    const example = draw();
    if (taken.has(example.prompt)) continue;
    taken.add(example.prompt);
    examples.push(example);
  }
  return examples;
}

/** File name → examples. */
export function extractSets() {
  const random = new SeededRandom(SEED);
  const taken = new Set();
  const unseenTemplate = () => sailing(random, KNOWN, { write: random.pick(UNSEEN_TEMPLATES) });
  const unseenName = () => sailing(random, UNSEEN, { write: random.pick(TEMPLATES) });
  return {
    'train.jsonl': distinct(400, taken, () => known(random)),
    'validation.jsonl': distinct(64, taken, () => known(random)),
    'in-domain.jsonl': distinct(64, taken, () => known(random)),
    'out-of-domain-templates.jsonl': distinct(64, taken, unseenTemplate),
    'out-of-domain-vocabulary.jsonl': distinct(64, taken, unseenName),
    'out-of-domain-composition.jsonl': distinct(64, taken, () =>
      sailing(random, KNOWN, random.pick(COMPOSITIONS)),
    ),
    'out-of-domain-negatives.jsonl': distinct(64, taken, () => negative(random, random.pick(HARD_NEGATIVES))),
  };
}
