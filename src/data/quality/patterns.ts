import { PRIVATE_KEY_BEGIN, SECRET_SHAPES } from '../../core/secret-shapes.js';

/** A name for what was found, and how it is told. `accept` looks closer at a match. */
interface Pattern {
  name: string;
  /** a text without this has none: cheaper to look for */
  hint?: string | RegExp;
  shape: RegExp;
  accept?: (match: RegExpMatchArray) => boolean;
}

const digitsOf = (text: string) => text.replace(/\D/g, '');

const PERSONAL: Pattern[] = [
  { name: 'e-mail address', shape: /(?<![\w.+%-])[\w.+%-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}\b/gi },
  {
    name: 'IBAN',
    shape: /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g,
    accept: ([iban]) => isIban(iban),
  },
  {
    name: 'payment card number',
    shape: /(?<![\d.-])[2-6](?:[ -]?\d){12,18}(?![\d-]|\.\d)/g,
    accept: ([card]) => isCard(card),
  },
  {
    name: 'US social security number',
    shape: /(?<![\d-])(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g,
  },
  {
    name: 'phone number',
    shape: /(?<![\w+.-])(?:\+\d{1,3}[ .-]?)(?:\(?\d{1,5}\)?[ .-]?){1,5}\d{2,4}(?![\w-])/g,
    accept: ([phone]) => digitsOf(phone).length >= 8 && digitsOf(phone).length <= 15,
  },
  {
    name: 'phone number',
    shape: /(?<![\w+.-])(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-]|\.\d)/g,
  },
  { name: 'phone number', shape: /\b0\d{2,4}[ /-]\d{3,4}[ -]\d{3,4}(?:[ -]\d{2,4})?(?![\w-])/g },
  {
    name: 'phone number',
    shape:
      /\b(?:phone|tel|telephone|mobile|cell|call me (?:at|on)|call us (?:at|on)|fax|whatsapp)(?: number)?(?: is)?[.:]?\s{0,3}\(?\d[\d ().-]{6,16}\d\b/gi,
    accept: ([phone]) => digitsOf(phone).length >= 7,
  },
  {
    name: 'IP address',
    shape: /(?<![\w.-])(?:\d{1,3}\.){3}\d{1,3}(?![\w-]|\.\d)/g,
    accept: isPersonalAddress,
  },
  {
    name: 'date of birth',
    shape:
      /\b(?:date of birth|d\.?o\.?b\.?|born on)\s{0,3}(?:is|:)?\s{0,3}\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}\b/gi,
  },
  {
    name: 'passport number',
    shape: /\bpassport (?:number|no\.?)\s{0,3}(?:is|:)?\s{0,3}[A-Z]{0,2}\d{6,9}\b/gi,
  },
  {
    name: 'postal address',
    shape:
      /\b\d{1,5}[a-z]? (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct)\b\.?,? [^\n]{2,40}\b\d{5}(?:-\d{4})?\b/g,
  },
];

const SECRETS: Pattern[] = [
  { name: 'private key', hint: /PRIVATE KEY/, shape: new RegExp(PRIVATE_KEY_BEGIN, 'g') },
  ...SECRET_SHAPES.map(({ accept, ...known }): Pattern => {
    const isSecret = (match: RegExpMatchArray) =>
      (!accept || accept(match)) && !(match.length > 1 && isPlaceholder(match.at(-1) ?? ''));
    return { ...known, accept: isSecret };
  }),
  {
    name: 'password or key assigned',
    hint: /key|secret|passw|pwd|passphrase|token/i,
    shape:
      /\b(?:\w{0,40}[_-])?(?:api[_ -]?key|secret(?:[_ -]?(?:access[_ -]?)?key)?|password|passwd|pwd|passphrase|access[_ -]?token|auth[_ -]?token|client[_ -]?secret|token)["'`]?(?:\s{0,3}[:=]{1,2}>?\s{0,3}|\s+is:?\s+)(?:"([^"\n]{4,200})"|'([^'\n]{4,200})'|`([^`\n]{4,200})`|([^\s"',;`]{6,200}))/gi,
    accept: ([, a, b, c, bare]) => isAssigned(a ?? b ?? c, bare),
  },
];

/** Names of the kinds of personal data in a text; nothing of the data itself. */
export function personalDataIn(text: string): string[] {
  return /[@\d]/.test(text) ? namesOf(PERSONAL, text) : [];
}

/** Names of the kinds of secrets in a text; nothing of the secrets themselves. */
export function secretsIn(text: string): string[] {
  return namesOf(SECRETS, text);
}

function namesOf(patterns: Pattern[], text: string): string[] {
  const names = patterns
    .filter(({ hint, shape, accept }) => {
      if (hint !== undefined && !(typeof hint === 'string' ? text.includes(hint) : hint.test(text)))
        return false;
      for (const match of text.matchAll(shape)) if (!accept || accept(match)) return true;
      return false;
    })
    .map(({ name }) => name);
  return [...new Set(names)];
}

/** ISO 13616: the rest of the rearranged number divided by 97 is 1. */
function isIban(text: string): boolean {
  const iban = text.replace(/ /g, '');
  if (iban.length < 15 || iban.length > 34) return false;
  const digits = [...(iban.slice(4) + iban.slice(0, 4))].map((sign) => Number.parseInt(sign, 36)).join('');
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}

/** Luhn's check digit (ISO/IEC 7812), on 13 to 19 digits that are not all the same. */
function isCard(text: string): boolean {
  const digits = digitsOf(text);
  if (digits.length < 13 || digits.length > 19 || /^(\d)\1+$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, i) => {
    const value = Number(digit) * (i % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/** Not this machine, a mask, a router's usual address, or a version number. */
function isPersonalAddress(match: RegExpMatchArray): boolean {
  const parts = match[0].split('.').map(Number);
  const [first, , , last] = parts as [number, number, number, number];
  if (parts.some((part) => part > 255) || [0, 127, 255].includes(first)) return false;
  const before = match.input!.slice(Math.max(0, match.index! - 12), match.index!);
  if (/(version|release|v\.?|section|§)\s*$/i.test(before)) return false;
  return first >= 10 && last !== 0 && last !== 255 && !((first === 192 || first === 10) && last === 1);
}

function isAssigned(quoted: string | undefined, bare: string | undefined): boolean {
  const value = quoted ?? bare!;
  if (isPlaceholder(value)) return false;
  const isMixed = /\d/.test(value) && /[a-z]/i.test(value);
  if (quoted !== undefined) return !/\s/.test(value) && (isMixed || value.length >= 8);
  return (isMixed || /[a-z][!@#$%^&*][a-z\d]/i.test(value)) && !/[()[\]{}<>]/.test(value);
}

function isPlaceholder(value: string): boolean {
  return /your|example|placeholder|changeme|redacted|removed|\*{3}|x{4}|\.{3}|…|^[<$%{[]|environ|getenv|process\.env|^(password|secret|token|null|none|true|false)$/i.test(
    value,
  );
}
