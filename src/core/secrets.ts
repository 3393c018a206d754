import { PRIVATE_KEY_BEGIN, PRIVATE_KEY_END, REMOVED, SECRET_SHAPES } from './secret-shapes.js';

/** Names of variables, arguments and fields that hold secrets. */
export const SOUNDS_SECRET =
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE|AUTH|COOKIE|(^|[-_])KEY([-_]|$)|API_?KEY/i;

/** Shorter values would be found in innocent words. */
const SHORTEST_SECRET = 8;

/** Beside the shapes that all know: what stands behind a name that announces it. Rather too much is masked than too little. */
const ANNOUNCED: [RegExp, string][] = [
  [/\b(Basic)\s+[A-Za-z0-9._~+/=-]{16,4000}/g, `$1 ${REMOVED}`],
  [
    /\b((?:\w{0,40}_)?(?:api_?key|secret_?key|password|passwd|access_?token|auth_?token|client_?secret)["']?\s{0,3}[:=]\s{0,3})(?:"[^"]{1,500}"|'[^']{1,500}'|[^\s"',;]{6,500})/gi,
    `$1${REMOVED}`,
  ],
];

/** The values in an environment that must not be seen elsewhere: those whose names sound so. Longest first. */
export function secretValues(environment: Record<string, string | undefined>): string[] {
  const values = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && value.length >= SHORTEST_SECRET && SOUNDS_SECRET.test(name) ? [value] : [],
  );
  return [...new Set(values)].sort((a, b) => b.length - a.length);
}

/** A text without the known secrets in it, and without what looks like one. */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  const unknown = known.reduce((masked, value) => masked.replaceAll(value, REMOVED), text);
  const named = SECRET_SHAPES.reduce(
    (masked, { hint, shape, masked: replacement }) =>
      masked.includes(hint) ? masked.replace(shape, replacement) : masked,
    unknown,
  );
  return ANNOUNCED.reduce((masked, [shape, replacement]) => masked.replace(shape, replacement), named);
}

/** Lines likewise; of a private key between its first and last line nothing is left. */
export function maskLines(lines: readonly string[], known: readonly string[] = []): string[] {
  let isInKey = false;
  return lines.map((line) => {
    if (PRIVATE_KEY_BEGIN.test(line)) isInKey = true;
    const masked = isInKey ? REMOVED : maskSecrets(line, known);
    if (PRIVATE_KEY_END.test(line)) isInKey = false;
    return masked;
  });
}
