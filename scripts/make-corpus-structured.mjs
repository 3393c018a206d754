/**
 * Generated text for pretraining: dates, sums, lists, key: value cards, JSON objects, and records "sentence, line break, JSON" of nine
 * kinds of events. It teaches the form of field extraction, not the example task: no record tells of a ship that sails, and no name of
 * the task's vocabulary is used (a test).
 */
import { SeededRandom } from './make-corpus-random.mjs';

export const FIRST_NAMES =
  'Abel Agnes Amos Anna Asa Beatrice Caleb Celia Cyrus Daniel Dora Edith Edwin Eliza Enoch Ethel Ezra Flora Frank George Grace Hannah Henry Hiram Ida Isaac Jacob James Jane John Jonas Joseph Judith Laura Levi Lewis Lydia Martha Mary Moses Nancy Nathan Oliver Peter Philip Rachel Ralph Rebecca Reuben Rhoda Robert Ruth Samuel Sarah Silas Simon Stephen Susan Thomas Walter William'.split(
    ' ',
  );
export const MONTHS =
  'January February March April May June July August September October November December'.split(' ');
const ITEMS =
  'apples barley beans boots bread bricks butter candles cheese cloth coal coffee copper corn cotton eggs flax flour glass hay honey iron lamps leather linen lumber milk nails oats onions paper pens plums potatoes rice rope rye salt silk soap sugar tea tin tobacco wheat wine wool'.split(
    ' ',
  );
const COLOURS = 'black blue brown green grey red white yellow'.split(' ');
const TRADES =
  'baker carpenter clerk cooper doctor farmer judge lawyer mason miller painter printer smith tailor teacher weaver'.split(
    ' ',
  );
const STARTS =
  'Al Ash Bar Bel Bram Bur Car Chel Crom Dal Den Dor Dun El Fal Fen Gar Gil Gran Hal Har Hol Kel Ken Kil Lan Lin Lod Mal Mar Mil Mor Nor Oak Or Pem Pen Pres Rad Ros Rud Sal Sed Shel Stan Sut Tan Tor Tren Ul Vel Wal Wes Win Yar'.split(
    ' ',
  );
const ENDS =
  'bank beck berg bourne brook bury by combe cot dale den don field fold gate ham hill hurst ing land ley low mead mere mond more ney rick ridge sett shaw stead stock stone thorpe ton tree ville wade ward well wick wood worth'.split(
    ' ',
  );

const surname = (random) => `${random.pick(STARTS)}${random.pick(ENDS)}`;
const person = (random) => `${random.pick(FIRST_NAMES)} ${surname(random)}`;
const place = (random) =>
  (random.chance(0.2) ? `${random.pick(['New', 'Upper', 'North', 'West'])} ` : '') + surname(random);

/** A day between 1790 and 1979. */
export function randomDate(random) {
  return { day: random.between(1, 28), month: random.between(1, 12), year: random.between(1790, 1979) };
}

export function isoDate({ day, month, year }) {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

export function ordinal(n) {
  const teen = n % 100 > 10 && n % 100 < 14;
  return `${n}${teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')}`;
}

/** The ways to write a date in words; the first two are the usual ones. */
export const DATE_STYLES = [
  ({ day, month, year }) => `${day} ${MONTHS[month - 1]} ${year}`,
  ({ day, month, year }) => `${MONTHS[month - 1]} ${day}, ${year}`,
  ({ day, month, year }) => `the ${ordinal(day)} of ${MONTHS[month - 1]}, ${year}`,
];
const inWords = (random, date) => random.pick(DATE_STYLES)(date);

/**
 * Kinds of events. `fields` makes the values; each template is a function of the fields as written in a sentence; the JSON has the keys
 * in the order of `fields`, and null for a field that the sentence leaves out (a template names those in `without`).
 */
const EVENTS = [
  {
    fields: (r) => ({ date: randomDate(r), seller: person(r), buyer: person(r), acres: r.between(2, 640) }),
    templates: [
      { write: (f) => `On ${f.date} ${f.seller} sold ${f.acres} acres of land to ${f.buyer}.` },
      { write: (f) => `${f.buyer} bought ${f.acres} acres from ${f.seller} on ${f.date}.` },
      { write: (f) => `${f.seller} sold a farm of ${f.acres} acres to ${f.buyer}.`, without: ['date'] },
      { write: (f) => `A farm was sold to ${f.buyer} by ${f.seller} on ${f.date}.`, without: ['acres'] },
    ],
  },
  {
    fields: (r) => ({ date: randomDate(r), from: person(r), to: person(r), place: place(r) }),
    templates: [
      { write: (f) => `${f.from} wrote to ${f.to} from ${f.place} on ${f.date}.` },
      { write: (f) => `A letter of ${f.date} from ${f.from} reached ${f.to} at ${f.place}.` },
      { write: (f) => `At ${f.place} a letter from ${f.from} was handed to ${f.to}.`, without: ['date'] },
      { write: (f) => `${f.from} wrote a long letter to ${f.to} on ${f.date}.`, without: ['place'] },
    ],
  },
  {
    fields: (r) => ({
      date: randomDate(r),
      train: `No. ${r.between(2, 99)}`,
      place: place(r),
      passengers: r.between(3, 480),
    }),
    templates: [
      { write: (f) => `Train ${f.train} reached ${f.place} on ${f.date} with ${f.passengers} passengers.` },
      { write: (f) => `On ${f.date} ${f.passengers} passengers came to ${f.place} by train ${f.train}.` },
      { write: (f) => `${f.place}, ${f.date}: train ${f.train} came in late.`, without: ['passengers'] },
      { write: (f) => `Train ${f.train} brought ${f.passengers} people to ${f.place}.`, without: ['date'] },
    ],
  },
  {
    fields: (r) => ({ name: person(r), born: randomDate(r), place: place(r), trade: r.pick(TRADES) }),
    templates: [
      { write: (f) => `${f.name}, ${f.trade}, was born at ${f.place} on ${f.born}.` },
      { write: (f) => `Born on ${f.born} in ${f.place}: ${f.name}, later a ${f.trade}.` },
      { write: (f) => `The ${f.trade} ${f.name} was born in ${f.place}.`, without: ['born'] },
      { write: (f) => `${f.name} was born on ${f.born} near ${f.place}.`, without: ['trade'] },
    ],
  },
  {
    fields: (r) => ({
      name: person(r),
      office: r.pick(['postmaster', 'sheriff', 'mayor', 'judge']),
      place: place(r),
      year: r.between(1790, 1979),
    }),
    templates: [
      { write: (f) => `In ${f.year} ${f.name} was made ${f.office} of ${f.place}.` },
      { write: (f) => `${f.name} became ${f.office} at ${f.place} in ${f.year}.` },
      { write: (f) => `${f.place} chose ${f.name} for its ${f.office}.`, without: ['year'] },
      { write: (f) => `The ${f.office} in ${f.year} was ${f.name}.`, without: ['place'] },
    ],
  },
  {
    fields: (r) => ({
      date: randomDate(r),
      place: place(r),
      wind: r.pick(['north', 'south', 'east', 'west']),
      degrees: r.between(1, 99),
    }),
    templates: [
      {
        write: (f) =>
          `At ${f.place} on ${f.date} the wind was ${f.wind} and the glass showed ${f.degrees} degrees.`,
      },
      { write: (f) => `${f.date}, ${f.place}: ${f.degrees} degrees, wind ${f.wind}.` },
      { write: (f) => `The wind at ${f.place} was ${f.wind} on ${f.date}.`, without: ['degrees'] },
      { write: (f) => `${f.degrees} degrees at ${f.place} with a ${f.wind} wind.`, without: ['date'] },
    ],
  },
  {
    fields: (r) => ({
      item: r.pick(ITEMS),
      amount: r.between(2, 900),
      price: r.between(1, 99),
      buyer: person(r),
    }),
    templates: [
      { write: (f) => `${f.buyer} paid ${f.price} dollars for ${f.amount} pounds of ${f.item}.` },
      { write: (f) => `${f.amount} pounds of ${f.item} went to ${f.buyer} at ${f.price} dollars.` },
      { write: (f) => `${f.buyer} took ${f.amount} pounds of ${f.item}.`, without: ['price'] },
      { write: (f) => `For ${f.item} ${f.buyer} gave ${f.price} dollars.`, without: ['amount'] },
    ],
  },
  {
    fields: (r) => ({
      winner: person(r),
      votes: r.between(12, 9999),
      place: place(r),
      year: r.between(1790, 1979),
    }),
    templates: [
      { write: (f) => `${f.winner} won in ${f.place} in ${f.year} by ${f.votes} votes.` },
      { write: (f) => `The vote of ${f.year} at ${f.place} gave ${f.votes} to ${f.winner}.` },
      { write: (f) => `${f.winner} had ${f.votes} votes in ${f.place}.`, without: ['year'] },
      { write: (f) => `In ${f.year} ${f.place} voted for ${f.winner}.`, without: ['votes'] },
    ],
  },
  {
    fields: (r) => ({ horse: surname(r), owner: person(r), colour: r.pick(COLOURS), age: r.between(1, 19) }),
    templates: [
      { write: (f) => `${f.owner} owns ${f.horse}, a ${f.colour} horse of ${f.age} years.` },
      { write: (f) => `The ${f.colour} horse ${f.horse}, ${f.age} years old, belongs to ${f.owner}.` },
      { write: (f) => `${f.horse} is the ${f.colour} horse of ${f.owner}.`, without: ['age'] },
      { write: (f) => `${f.owner} has a horse of ${f.age} years named ${f.horse}.`, without: ['colour'] },
    ],
  },
];

const NOTHING_TO_EXTRACT = [
  (r) => `${person(r)} is well known at ${place(r)}.`,
  (r) => `Nobody at ${place(r)} could say where ${person(r)} had gone.`,
  (r) => `The people of ${place(r)} spoke of nothing else on ${inWords(r, randomDate(r))}.`,
  (r) => `${person(r)} and ${person(r)} had never met.`,
  (r) => `There was no news from ${place(r)} in ${r.between(1790, 1979)}.`,
];

const isDate = (value) => typeof value === 'object';

/** One record of field extraction: the sentence, a line break, and the JSON that it says. */
function extractionRecord(random) {
  if (random.chance(0.08)) return `${random.pick(NOTHING_TO_EXTRACT)(random)}\n{}`;
  const { fields, templates } = random.pick(EVENTS);
  const { write, without = [] } = random.pick(templates);
  const values = Object.entries(fields(random));
  const written = values.map(([key, value]) => [key, isDate(value) ? inWords(random, value) : value]);
  const extracted = values.map(([key, value]) => [key, isDate(value) ? isoDate(value) : value]);
  const answer = extracted.map(([key, value]) => [key, without.includes(key) ? null : value]);
  return `${write(Object.fromEntries(written))}\n${JSON.stringify(Object.fromEntries(answer))}`;
}

const lines = (random, low, high, line) =>
  Array.from({ length: random.between(low, high) }, () => line()).join('\n');

function dateLines(random) {
  return lines(random, 2, 6, () => {
    const date = randomDate(random);
    return random.chance(0.7)
      ? `${inWords(random, date)} = ${isoDate(date)}`
      : `${isoDate(date)} = ${inWords(random, date)}`;
  });
}

function sums(random) {
  return lines(random, 2, 6, () => {
    const [a, b] = [random.between(0, 99), random.between(0, 99)];
    if (random.chance(0.5)) return `${a} + ${b} = ${a + b}`;
    return `${Math.max(a, b)} - ${Math.min(a, b)} = ${Math.abs(a - b)}`;
  });
}

function list(random) {
  const items = random.shuffle(ITEMS).slice(0, random.between(3, 7));
  if (random.chance(0.4)) return items.map((item, i) => `${i + 1}. ${item}`).join('\n');
  if (random.chance(0.5)) return items.map((item) => `- ${item}`).join('\n');
  return `${items.join(', ')}\nsorted: ${[...items].sort().join(', ')}`;
}

function cardFields(random) {
  const all = [
    ['name', person(random)],
    ['trade', random.pick(TRADES)],
    ['place', place(random)],
    ['born', isoDate(randomDate(random))],
    ['age', random.between(18, 90)],
    ['colour', random.pick(COLOURS)],
    ['items', random.between(1, 200)],
  ];
  return random.shuffle(all).slice(0, random.between(2, 5));
}

/** The same facts as key: value lines, as JSON, or both. */
function card(random) {
  const fields = cardFields(random);
  const asLines = fields.map(([key, value]) => `${key}: ${value}`).join('\n');
  const asJson = JSON.stringify(Object.fromEntries(fields));
  if (random.chance(0.4)) return `${asLines}\n${asJson}`;
  return random.chance(0.5) ? asLines : asJson;
}

/** Generators and how often each is drawn, out of 100. */
const KINDS = [
  [60, extractionRecord],
  [10, dateLines],
  [8, sums],
  [8, list],
  [14, card],
];

function drawKind(random) {
  let left = random.between(0, 99);
  for (const [share, kind] of KINDS) {
    if (left < share) return kind;
    left -= share;
  }
  throw new Error('the shares sum to 100');
}

/** Documents of together at least `bytes` bytes. */
export function structuredDocuments(seed, bytes) {
  const random = new SeededRandom(seed);
  const documents = [];
  for (let size = 0; size < bytes; ) {
    const document = drawKind(random)(random);
    documents.push(document);
    size += Buffer.byteLength(document) + 1;
  }
  return documents;
}
