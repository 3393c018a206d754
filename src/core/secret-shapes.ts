export const REMOVED = '[removed]';

/** A secret that can be told by how it looks, wherever it stands. */
export interface SecretShape {
  /** what it is, for people */
  name: string;
  /** a text without this has none: cheaper to look for */
  hint: string;
  /** global; of a bounded length, so that no line takes long */
  shape: RegExp;
  /** what stands in its place when it is masked */
  masked: string;
  /** looks closer at a match, where the shape alone would call innocent text a secret */
  accept?: (match: RegExpMatchArray) => boolean;
}

const whole = (name: string, hint: string, shape: RegExp): SecretShape => ({
  ...{ name, hint, shape },
  masked: REMOVED,
});

/** Keys and tokens of clouds, code hosts and services, whose makers gave them a form of their own. */
export const SECRET_SHAPES: SecretShape[] = [
  whole('AWS access key', 'A', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g),
  whole('GitHub token', 'gh', /\bgh[pousr]_[A-Za-z0-9]{30,255}/g),
  whole('GitHub token', 'github_pat_', /\bgithub_pat_\w{22,255}/g),
  whole('GitLab token', 'glpat-', /\bglpat-[\w-]{20,255}/g),
  whole('Stripe key', '_', /\b(?:(?:sk|rk|pk)_(?:live|test)|whsec)_[A-Za-z0-9]{16,255}\b/g),
  whole('API key (sk-…)', 'sk-', /\bsk-(?=[\w-]{0,255}\d)[A-Za-z0-9_-]{16,255}/g),
  whole('Slack token', 'xox', /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g),
  whole('Slack token', 'hooks.slack', /hooks\.slack\.com\/services\/T\w{1,40}\/B\w{1,40}\/\w{1,80}/g),
  whole('Google API key', 'AIza', /\bAIza[\w-]{35}/g),
  whole('Google OAuth secret', 'GOCSPX-', /\bGOCSPX-[\w-]{20,40}/g),
  whole('Hugging Face token', 'hf_', /\bhf_[A-Za-z0-9]{30,255}/g),
  whole('npm token', 'npm_', /\bnpm_[A-Za-z0-9]{36}\b/g),
  whole('PyPI token', 'pypi-', /\bpypi-[\w-]{50,255}/g),
  whole('SendGrid key', 'SG.', /\bSG\.[\w-]{16,32}\.[\w-]{16,64}/g),
  whole('Twilio key', 'SK', /\bSK[0-9a-f]{32}\b/g),
  whole('Telegram token', ':AA', /\b\d{8,10}:AA[\w-]{33}\b/g),
  whole('DigitalOcean token', '_v1_', /\bdo[opr]_v1_[a-f0-9]{64}\b/g),
  whole('Azure storage key', 'AccountKey=', /\bAccountKey=[A-Za-z0-9+/]{40,100}={0,2}/g),
  whole('Ranksweep token', 'rks_', /\brks_\w{20,255}/g),
  whole('JSON web token', 'eyJ', /\beyJ[\w-]{8,4000}\.[\w-]{8,4000}\.[\w-]{8,4000}/g),
  {
    ...{ name: 'password in an address', hint: '://', masked: `$1${REMOVED}@` },
    shape: /(\b[a-z]\w{1,20}:\/\/)[^/\s@:]{0,200}(?::([^/\s@]{1,300}))?@/gi,
    accept: ([, , password]) => password !== undefined && password.length > 2,
  },
  {
    ...{ name: 'bearer token', hint: 'Bearer', masked: `Bearer ${REMOVED}` },
    shape: /\bBearer\s{1,5}([A-Za-z0-9._~+/=-]{16,4000})/g,
    accept: ([, value]) => value!.length >= 20 && /\d/.test(value!),
  },
];

/** The first line of a private key in PEM. */
export const PRIVATE_KEY_BEGIN = /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
export const PRIVATE_KEY_END = /-----END (?:[A-Z]{1,20} ){0,3}PRIVATE KEY(?: BLOCK)?-----/;
