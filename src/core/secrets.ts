/** Names of variables, arguments and fields that hold secrets. */
export const SOUNDS_SECRET =
  /TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|PRIVATE|AUTH|COOKIE|(^|[-_])KEY([-_]|$)|API_?KEY/i;
export const REMOVED = '[removed]';

/** Shorter values would be found in innocent words. */
const SHORTEST_SECRET = 8;

/** Secrets that can be told by how they look: keys of clouds and code hosts, tokens, and what a name announces. */
const SHAPES: [RegExp, string][] = [
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, REMOVED],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{22,255}|glpat-[\w-]{20,255})/g, REMOVED],
  [/\b(?:hf_[A-Za-z0-9]{30,255}|sk-[\w-]{20,255}|rks_\w{20,255}|xox[abprs]-[A-Za-z0-9-]{10,255})/g, REMOVED],
  [/\beyJ[\w-]{10,4000}\.[\w-]{10,4000}\.[\w-]{10,4000}/g, REMOVED],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{16,4000}/g, `$1 ${REMOVED}`],
  [/(\b\w{1,20}:\/\/)[^/\s@]{1,500}@/g, `$1${REMOVED}@`],
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
  return SHAPES.reduce((masked, [shape, replacement]) => masked.replace(shape, replacement), unknown);
}

/** Lines likewise; of a private key between its first and last line nothing is left. */
export function maskLines(lines: readonly string[], known: readonly string[] = []): string[] {
  let isInKey = false;
  return lines.map((line) => {
    if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(line)) isInKey = true;
    const masked = isInKey ? REMOVED : maskSecrets(line, known);
    if (/-----END [A-Z ]*PRIVATE KEY-----/.test(line)) isInKey = false;
    return masked;
  });
}
