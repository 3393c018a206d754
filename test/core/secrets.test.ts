import { describe, expect, it } from '@jest/globals';
import { maskLines, maskSecrets, secretValues } from '../../src/core/secrets.js';

const A40 = 'aB3'.repeat(14);

describe('what is masked', () => {
  it.each([
    [`key AKIAIOSFODNN7EXAMPLE used`, 'key [removed] used'],
    [`ghp_${A40} and github_pat_${A40}`, '[removed] and [removed]'],
    [`hf_${A40}, sk-proj-${A40}`, '[removed], [removed]'],
    [`Authorization: Bearer ${A40}`, 'Authorization: Bearer [removed]'],
    ['postgres://me:hunter2@db:5432/x', 'postgres://[removed]@db:5432/x'],
    ['WANDB_API_KEY=0123456789abcdef', 'WANDB_API_KEY=[removed]'],
    [`{"password": "correct horse"}`, `{"password": [removed]}`],
    [`jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0xx.abcdefghijk.`, 'jwt [removed].'],
  ])('%s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });

  it.each([
    'pad_token: <|endoftext|>, tokens=123456789',
    'sk-learn 1.5 and hf_model, keys: 12345678',
    'loss 0.123456789 https://example.org/a@b',
    'epoch 3: password policy checked',
  ])('not: %s', (text) => {
    expect(maskSecrets(text)).toBe(text);
  });

  it('the values of variables that sound secret, wherever they appear; short ones are words', () => {
    const environment = {
      MY_TOKEN: 'swordfish-9',
      MY_SECRET: 'swordfish-9000',
      PATH: '/usr/bin:/bin',
      KEY: 'abc',
    };
    const known = secretValues(environment);
    expect(known).toEqual(['swordfish-9000', 'swordfish-9']);
    expect(maskSecrets('a swordfish-9000, swordfish-9 in /usr/bin:/bin abc', known)).toBe(
      'a [removed], [removed] in /usr/bin:/bin abc',
    );
  });

  it('all of a private key, and nothing after it', () => {
    const key = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEow', '-----END RSA PRIVATE KEY-----'];
    expect(maskLines(['before', ...key, 'after'])).toEqual([
      ...['before', '[removed]', '[removed]', '[removed]', 'after'],
    ]);
  });

  it('quickly, however long the line', () => {
    const lines = Array.from({ length: 200 }, () => 'eyJ-password_api_key://.'.repeat(83));
    const before = process.cpuUsage();
    maskLines(lines);
    expect(process.cpuUsage(before).user / 1e6).toBeLessThan(2);
  });
});
